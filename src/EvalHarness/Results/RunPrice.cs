namespace EvalHarness.Results;

/// <summary>What tasks of a run cost, and what they gave for it.</summary>
/// <param name="Cost">
/// In the currency of the price file. A price by the token counts the tokens of all starts of the run, one by the hour the time of the
/// last start.
/// </param>
/// <param name="Tokens">The tokens of prompts and completions.</param>
/// <param name="RightAnswers">The sum of the scores of the tasks' first metric; null where it is no share of right answers.</param>
internal sealed record RunPrice(double Cost, long Tokens, double? RightAnswers)
{
    /// <summary>What a million tokens cost, prompts and completions together; null where there were none.</summary>
    public double? PerMillionTokens => Tokens > 0 ? Cost / Tokens * 1e6 : null;

    /// <summary>Null where no answer was right.</summary>
    public double? PerRightAnswer => RightAnswers > 0 ? Cost / RightAnswers : null;

    /// <param name="run">The run.</param>
    /// <param name="tasks">Tasks of it.</param>
    /// <param name="prices">What models cost.</param>
    /// <returns>Null where the file has no price of the run's model.</returns>
    internal static RunPrice? Of(FinishedRun run, IEnumerable<string> tasks, PriceFile prices)
    {
        if (!prices.Models.TryGetValue(run.Manifest.Model.ModelName, out ModelPrice? price))
            return null;
        HarnessReport report = run.Report.Harness;
        (TokenCount tokens, double seconds) = (TokenCount.None, 0);
        double? right = 0;
        foreach (string task in tasks)
        {
            tokens += report.Tokens.GetValueOrDefault(task) ?? TokenCount.None;
            seconds += report.Work.TryGetValue(task, out RunCost? work) ? work.Seconds.Total : 0;
            right += RightAnswersOf(report, task);
        }

        return new RunPrice(price.Cost(tokens, seconds), tokens.Prompt + tokens.Completion, right);
    }

    private static double? RightAnswersOf(HarnessReport report, string task) =>
        report.Rows.FirstOrDefault(r => r.Name == task) is { HigherIsBetter: true, Value: >= 0 and <= 1 } row ? row.Value * row.Count : null;
}
