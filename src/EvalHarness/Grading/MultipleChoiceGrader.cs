using System.Text;

namespace EvalHarness.Grading;

/// <summary>
/// The likeliest choice is the answer. acc compares sums of log-probabilities, acc_norm divides by the choice's length in code
/// points, acc_bytes by its length in UTF-8 bytes; the first of equals wins.
/// </summary>
/// <remarks>Source: the behaviour of lm-evaluation-harness's multiple_choice.</remarks>
public sealed class MultipleChoiceGrader : IGrader
{
    private static readonly string[] Known = ["acc", "acc_norm", "acc_bytes", "exact_match"];

    public string Name => "multiple_choice";

    public Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken)
    {
        string[] metrics = [.. job.Task.Metrics.Select(m => m.Name)];
        if (metrics.FirstOrDefault(m => !Known.Contains(m)) is { } unknown)
            throw new EvalException(ExitCode.Task, $"{job.Task.Source}: task {job.Task.Name}: metric {unknown} is not known to multiple_choice; known are {string.Join(", ", Known)}");
        return Task.FromResult<IReadOnlyList<Grade>>([.. job.Samples.Select(sample => GradeOne(sample, metrics))]);
    }

    private static Grade GradeOne(Sample sample, string[] metrics)
    {
        double[] likelihoods = [.. sample.Responses.Select(r => r.LogLikelihood!.Value)];
        HashSet<int> gold = Gold(sample);
        int pick = ArgMax(likelihoods, _ => 1);
        var scores = new Dictionary<string, double>();
        foreach (string metric in metrics)
        {
            scores[metric] = metric switch
            {
                "acc" => Score(gold.Contains(pick)),
                "acc_norm" => Score(gold.Contains(ArgMax(likelihoods, i => sample.Choices[i].EnumerateRunes().Count()))),
                "acc_bytes" => Score(gold.Contains(ArgMax(likelihoods, i => Encoding.UTF8.GetByteCount(sample.Choices[i])))),
                _ => Score(gold.Any(i => sample.Responses[i].IsGreedy == true)),
            };
        }

        return new Grade
        {
            Scores = scores,
            Detail = gold.Count == 0 ? "the target is none of the choices; scored 0 as the reference does" : null,
        };
    }

    private static double Score(bool right) => right ? 1 : 0;

    private static HashSet<int> Gold(Sample sample)
    {
        IEnumerable<object?> targets = sample.Target as IReadOnlyList<object?> ?? [sample.Target];
        return [.. targets.Select(target => target switch
        {
            long index => (int)index,
            bool flag => flag ? 1 : 0,
            string text => sample.Choices.ToList().IndexOf(text),
            _ => -1,
        }).Where(i => i >= 0 && i < sample.Choices.Count)];
    }

    /// <summary>A choice of length 0 divides by 0; as in the reference it becomes minus infinity and never wins.</summary>
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
