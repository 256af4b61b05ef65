using EvalHarness.Engines;
using EvalHarness.Tasks;

namespace EvalHarness.Scoring.Judging;

/// <summary>What a judge makes of a sample, over all its completions.</summary>
internal sealed record SampleJudgement
{
    /// <summary>The mean of its completions; without a meaning where there is an error.</summary>
    internal double Score { get; private init; }

    /// <summary>The grades and the first answer of the judge, for readers of the sample.</summary>
    internal string Detail { get; private init; } = "";

    /// <summary>Why there is no score; null where there is one.</summary>
    internal string? Error { get; private init; }

    internal static SampleJudgement Failed(string error) => new() { Error = error };

    /// <param name="judge">Of the task.</param>
    /// <param name="responses">To the votes of each completion, at least one.</param>
    internal static SampleJudgement Of(JudgeDefinition judge, IReadOnlyList<Response> responses)
    {
        JudgedScore[] completions = [.. responses.Select(r => JudgeVerdict.Of(judge, r)).Chunk(judge.Votes).Select(JudgedScore.Of)];
        if (completions.Select(c => c.Problem).FirstOrDefault(p => p is not null) is { } problem)
            return Failed(problem);
        return new SampleJudgement
        {
            Score = completions.Average(c => c.Score!.Value),
            Detail = $"judge: {string.Join(", ", completions.SelectMany(c => c.Grades))}: {responses[0].Text}",
        };
    }
}
