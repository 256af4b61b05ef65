using EvalHarness.Scoring;

namespace SamplePlugin;

/// <summary>
/// Scores the metric <c>short_enough</c>: 1 if the answer has at most as many words as the metric's option <c>words</c> says, else 0. It
/// throws if the answer contains "poison", to show that a bug in a grader makes one sample an error and no more.
/// </summary>
public sealed class WordCountGrader : IGrader
{
    public string Name => "word_count";

    public Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken)
    {
        var words = (long)job.Task.Metrics[0].Options["words"]!;
        return Task.FromResult<IReadOnlyList<Grade>>([.. job.Samples.Select(sample => GradeOne(sample, words))]);
    }

    private static Grade GradeOne(Sample sample, long words)
    {
        string answer = sample.Answers[0];
        if (answer.Contains("poison", StringComparison.Ordinal))
            throw new InvalidOperationException("the answer is poisoned");
        int count = answer.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        return new Grade
        {
            Scores = new Dictionary<string, double> { ["short_enough"] = count <= words ? 1 : 0 },
            Detail = $"{count} words",
        };
    }
}
