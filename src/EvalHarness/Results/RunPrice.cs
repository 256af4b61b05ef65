namespace EvalHarness.Results;

/// <summary>What a run's answers to tasks cost, and what they gave for it.</summary>
internal sealed record RunPrice
{
    private const int NamesShown = 5;

    /// <summary>The model's name, by which the price file was asked.</summary>
    public required string Model { get; init; }

    /// <summary>As the price file names it.</summary>
    public required string Currency { get; init; }

    /// <summary>
    /// A price by the token counts the tokens of all starts of the run, one by the hour their time. Null where the cost is not known.
    /// </summary>
    public double? Cost { get; init; }

    /// <summary>Why the cost is not known, as a sentence without its full stop; null where it is.</summary>
    public string? Unknown { get; init; }

    /// <summary>
    /// Why the cost can be a little more than <see cref="Cost"/>, as a sentence without its full stop; null where it cannot, or where it is
    /// not known.
    /// </summary>
    public string? AtLeast { get; init; }

    /// <summary>The tokens of prompts and completions, those of earlier starts included.</summary>
    public required TokenCount Tokens { get; init; }

    /// <summary>
    /// The sum over the tasks of their first metric times its documents; null where a task's first metric is no share of right answers.
    /// </summary>
    public double? RightAnswers { get; init; }

    /// <summary>What a million tokens cost, prompts and completions together; null where there were none.</summary>
    public double? PerMillionTokens => Tokens.Prompt + Tokens.Completion is > 0 and var tokens ? Cost / tokens * 1e6 : null;

    /// <summary>Null where no answer was right, or where it is not known how many were.</summary>
    public double? PerRightAnswer => RightAnswers > 0 ? Cost / RightAnswers : null;

    /// <param name="run">The run.</param>
    /// <param name="tasks">Tasks of it.</param>
    /// <param name="prices">What models cost.</param>
    internal static RunPrice Of(FinishedRun run, IReadOnlyList<string> tasks, PriceFile prices)
    {
        HarnessReport report = run.Report.Harness;
        var price = new RunPrice
        {
            Model = run.Manifest.Model.ModelName,
            Currency = prices.Currency,
            Tokens = tasks.Select(t => report.Tokens.GetValueOrDefault(t) ?? TokenCount.None).Aggregate(TokenCount.None, TokenCount.Add),
            RightAnswers = RightAnswersOf(report, tasks),
        };
        double seconds = tasks.Sum(t => report.Work.TryGetValue(t, out RunCost? work) ? work.Seconds.Total : 0);
        return !prices.Models.TryGetValue(price.Model, out ModelPrice? model)
            ? price with { Unknown = $"{price.Model}: the price file has no price of it; it has {Names(prices)}" }
            : WhyUnknown(run, tasks, model, price.Tokens, seconds) is { } why
                ? price with { Unknown = $"{price.Model} ({run.Name}): {why}" }
                : price with
                {
                    Cost = model.Cost(price.Tokens, seconds),
                    AtLeast = model.PerHour is null ? null : WhyMore(run, price.Model),
                };
    }

    /// <summary>The price of each of several runs, over the tasks that all of them have, so that the same questions are priced.</summary>
    internal static IReadOnlyList<RunPrice> OfEach(IReadOnlyList<FinishedRun> runs, PriceFile prices)
    {
        string[] common = [.. runs[0].Tasks.Where(task => runs.All(run => run.Tasks.Contains(task)))];
        return [.. runs.Select(run => Of(run, common, prices))];
    }

    /// <summary>What a table's columns of prices mean, and why figures are missing.</summary>
    /// <param name="prices">Those of the table; null where a line has none.</param>
    /// <param name="answered">What the answers were given to, such as "this benchmark".</param>
    internal static IEnumerable<string> Notes(IEnumerable<RunPrice?> prices, string answered)
    {
        RunPrice[] all = [.. prices.OfType<RunPrice>()];
        if (all.Length == 0)
            yield break;
        yield return $"Cost: of the run's answers to {answered}, by the price file. Per million tokens: of prompts and completions "
            + "together. Per right answer: right by each task's first metric.";
        foreach (string unknown in all.Select(p => p.Unknown).OfType<string>().Distinct())
            yield return $"No cost: {unknown}.";
        foreach (string more in all.Select(p => p.AtLeast).OfType<string>().Distinct())
            yield return $"At least: {more}.";
        if (all.Where(p => p is { Cost: not null, PerRightAnswer: null }).Select(p => p.Model).Distinct().ToList() is { Count: > 0 } none)
        {
            yield return $"No price per right answer: {string.Join(", ", none)}, because no answer was right, or because a task's first "
                + "metric does not count right answers.";
        }
    }

    private static string? WhyUnknown(
        FinishedRun run, IReadOnlyList<string> tasks, ModelPrice price, TokenCount tokens, double seconds) =>
        tasks.Count == 0 ? "no task is in all of these runs"
        : price.PerHour is null
            ? tokens == TokenCount.None || tasks.Any(t => !run.Report.Harness.Tokens.ContainsKey(t))
                ? "it has a price by the token, and its run counted no tokens: it is of an earlier version, was imported, or replays "
                    + "answers that have no counts"
                : null
        : WhyNoTime(run, seconds) is { } why ? $"it has a price by the hour, and {why}"
        : null;

    /// <summary>Why it is not known how long a run took for tasks, as a sentence without its full stop; null where it is.</summary>
    /// <param name="run">The run.</param>
    /// <param name="seconds">What its results say of these tasks.</param>
    internal static string? WhyNoTime(FinishedRun run, double seconds) =>
        run.Manifest.Sessions is { Count: > 1 } starts && starts.FirstOrDefault(s => s.Work is null) is { } start
            ? $"its run was resumed, and nothing says how long the start of {start.Started.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC took: "
                + "the version that made it did not keep that"
        : seconds == 0 ? "its run kept no time of these tasks"
        : null;

    /// <summary>Every start writes down its time as it runs; one that is killed cannot write the last of it.</summary>
    private static string? WhyMore(FinishedRun run, string model) =>
        run.Manifest.Sessions.SkipLast(1).Count(s => s.End is null) is > 0 and var cut
            ? $"{model} ({run.Name}): {(cut == 1 ? "a start" : $"{cut} starts")} of its run did not end by itself, and up to "
                + $"{SessionCheckpoints.Interval.TotalSeconds:0} seconds of {(cut == 1 ? "it" : "each")} are not counted"
            : null;

    /// <summary>See <see cref="RightAnswers"/>.</summary>
    internal static double? RightAnswersOf(HarnessReport report, IEnumerable<string> tasks) =>
        tasks.Select(t => RightAnswersOf(report, t)).Aggregate((double?)0, (sum, right) => sum + right);

    private static double? RightAnswersOf(HarnessReport report, string task) =>
        report.Rows.FirstOrDefault(r => r.Name == task) is { HigherIsBetter: true, Value: >= 0 and <= 1 } row
            ? row.Value * row.Count
            : null;

    private static string Names(PriceFile prices)
    {
        string[] names = [.. prices.Models.Keys.Order(StringComparer.Ordinal)];
        string more = names.Length > NamesShown ? $" and {names.Length - NamesShown} more" : "";
        return names.Length == 0 ? "none" : string.Join(", ", names.Take(NamesShown)) + more;
    }
}
