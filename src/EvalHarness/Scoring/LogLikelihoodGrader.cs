using System.Text;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;

namespace EvalHarness.Scoring;

/// <summary>
/// Grades log-likelihoods. acc is 1 if greedy decoding would have generated exactly the target. perplexity is computed over the
/// log-likelihoods of the targets. word_perplexity, byte_perplexity and bits_per_byte are computed over whole texts, per word (a part
/// between whitespace) or per UTF-8 byte.
/// </summary>
/// <remarks>Source: the behaviour of lm-evaluation-harness's loglikelihood and loglikelihood_rolling.</remarks>
internal sealed class LogLikelihoodGrader : IGrader
{
    public string Name => "log_likelihood";

    public Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken)
    {
        MetricTable.Check(job.Task, Name);
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

    /// <summary>
    /// Counts the parts between runs of whitespace. As with a split by a regular expression, whitespace at the beginning or end
    /// separates an empty part, which counts too.
    /// </summary>
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
