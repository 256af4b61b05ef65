using System.Text;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;

namespace EvalHarness.Scoring;

/// <summary>
/// Takes the most likely choice as the answer; of equally likely choices the first one. acc compares log-likelihoods. acc_norm divides
/// them by the length of the choice in code points, acc_bytes by its length in UTF-8 bytes. acc_mutual_info subtracts the
/// log-likelihood that the choice has without the question. f1, mcc and brier_score are computed over the whole task.
/// </summary>
/// <remarks>Source: the behaviour of lm-evaluation-harness's multiple_choice.</remarks>
internal sealed class MultipleChoiceGrader : IGrader
{
    private const int NoChoice = -100;

    /// <summary>The detail of a sample whose target is none of its choices.</summary>
    internal const string OutsideChoices = "the target is none of the choices; scored 0 as the reference does";

    public string Name => "multiple_choice";

    public Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken)
    {
        string[] metrics = [.. job.Task.Metrics.Select(m => m.Name)];
        MetricTable.Check(job.Task, Name);
        return Task.FromResult<IReadOnlyList<Grade>>([.. job.Samples.Select(sample => GradeOne(sample, metrics))]);
    }

    private static Grade GradeOne(Sample sample, string[] metrics)
    {
        int n = sample.Choices.Count;
        double[] likelihoods = [.. sample.Responses.Take(n).Select(r => r.LogLikelihood!.Value)];
        int[] gold = Gold(sample);
        int pick = ArgMax(likelihoods, _ => 1);
        var scores = new Dictionary<string, double>();
        var items = new Dictionary<string, object?>();
        double Right(int choice) => gold.Contains(choice) ? 1 : 0;
        foreach (string metric in metrics)
        {
            switch (metric)
            {
                case "acc":
                    scores[metric] = Right(pick);
                    break;
                case "acc_norm":
                    scores[metric] = Right(ArgMax(likelihoods, i => sample.Choices[i].EnumerateRunes().Count()));
                    break;
                case "acc_bytes":
                    scores[metric] = Right(ArgMax(likelihoods, i => Encoding.UTF8.GetByteCount(sample.Choices[i])));
                    break;
                case "acc_mutual_info":
                    double[] gains = [.. likelihoods.Select((l, i) => l - sample.Responses[n + i].LogLikelihood!.Value)];
                    scores[metric] = Right(ArgMax(gains, _ => 1));
                    break;
                case "exact_match":
                    scores[metric] = gold.Any(i => i != NoChoice && sample.Responses[i < 0 ? n + i : i].IsGreedy == true) ? 1 : 0;
                    break;
                case "brier_score":
                    items[metric] = new List<object?> { (long)gold[0], Softmax(likelihoods).Cast<object?>().ToList() };
                    break;
                case "f1" or "mcc":
                    items[metric] = new List<object?> { (long)gold[0], (long)pick };
                    break;
                default:
                    items[metric] = null;
                    break;
            }
        }

        return new Grade
        {
            Scores = scores,
            Items = items,
            Detail = gold.All(g => g == NoChoice) ? OutsideChoices : null,
        };
    }

    /// <summary>
    /// Returns the indices of the right choices, at least one. A target that is none of the choices becomes an index that no answer
    /// has.
    /// </summary>
    private static int[] Gold(Sample sample)
    {
        IReadOnlyList<object?> targets = sample.MultipleTargets && sample.Target is IReadOnlyList<object?> list
            ? list
            : [sample.Target];
        int[] gold = [.. targets.Select(target => IndexOf(target, sample.Choices))];
        return gold.Length == 0 ? [NoChoice] : gold;
    }

    /// <summary>
    /// The index of the choice that a target names by its index, as a flag or as its text. It is below 0 where the target counts from the
    /// end, and where it is none of the choices.
    /// </summary>
    internal static int IndexOf(object? target, IReadOnlyList<string> choices) => target switch
    {
        long index when index < choices.Count && index >= -choices.Count => (int)index,
        bool flag when !flag || choices.Count > 1 => flag ? 1 : 0,
        string text when choices.ToList().IndexOf(text) is >= 0 and var index => index,
        _ => NoChoice,
    };

    private static IEnumerable<double> Softmax(double[] values)
    {
        double max = values.Max();
        double[] powers = [.. values.Select(v => Math.Exp(v - max))];
        double total = NumPy.Sum(powers);
        return powers.Select(p => p / total);
    }

    /// <summary>
    /// Returns the first choice with the highest log-likelihood per length. As in lm-evaluation-harness, a choice of length 0 has a value
    /// of minus infinity and never wins.
    /// </summary>
    private static int ArgMax(double[] likelihoods, Func<int, int> length)
    {
        int best = 0;
        double bestValue = double.NegativeInfinity;
        for (int i = 0; i < likelihoods.Length; i++)
        {
            double value = likelihoods[i] / length(i);
            if (value > bestValue)
                (best, bestValue) = (i, value);
        }

        return best;
    }
}
