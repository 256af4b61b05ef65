using System.Text;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;

namespace EvalHarness.Scoring;

/// <summary>
/// acc: greedy decoding would have given exactly the target. perplexity is over the targets' log-likelihoods; word_perplexity,
/// byte_perplexity and bits_per_byte are over whole texts, by words (parts between whitespace) and UTF-8 bytes.
/// </summary>
/// <remarks>Source: the behaviour of lm-evaluation-harness's loglikelihood and loglikelihood_rolling.</remarks>
public sealed class LogLikelihoodGrader : IGrader
{
    public string Name => "log_likelihood";

    public Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken)
    {
        string[] known = job.Task.OutputType == OutputType.RollingLogLikelihood ? ["word_perplexity", "byte_perplexity", "bits_per_byte", "bypass"] : ["acc", "perplexity", "bypass"];
        if (job.Task.Metrics.FirstOrDefault(m => !known.Contains(m.Name)) is { } unknown)
            throw new EvalException(ExitCode.Task, $"{job.Task.Source}: task {job.Task.Name}: metric {unknown.Name} is not known to {Name}; known are {string.Join(", ", known)}");
        return Task.FromResult<IReadOnlyList<Grade>>([.. job.Samples.Select(sample => GradeOne(sample, job.Task.Metrics))]);
    }

    private static Grade GradeOne(Sample sample, IReadOnlyList<MetricDefinition> metrics)
    {
        double likelihood = sample.Responses[0].LogLikelihood!.Value;
        var scores = new Dictionary<string, double>();
        var items = new Dictionary<string, object?>();
        foreach (MetricDefinition metric in metrics)
        {
            switch (metric.Name)
            {
                case "acc":
                    scores["acc"] = sample.Responses[0].IsGreedy == true ? 1 : 0;
                    break;
                case "perplexity":
                    items["perplexity"] = likelihood;
                    break;
                case "word_perplexity":
                    items["word_perplexity"] = new List<object?> { likelihood, Words(sample.Context) };
                    break;
                case "byte_perplexity" or "bits_per_byte":
                    items[metric.Name] = new List<object?> { likelihood, (long)Encoding.UTF8.GetByteCount(sample.Context) };
                    break;
                default:
                    items[metric.Name] = null;
                    break;
            }
        }

        return new Grade { Scores = scores, Items = items };
    }

    /// <summary>Parts between runs of whitespace; whitespace at an end leaves an empty part, which counts.</summary>
    private static long Words(string text)
    {
        long words = 1;
        bool inSpace = false;
        foreach (char c in text)
        {
            bool space = Python.IsSpace(c);
            words += space && !inSpace ? 1 : 0;
            inSpace = space;
        }

        return words;
    }
}
