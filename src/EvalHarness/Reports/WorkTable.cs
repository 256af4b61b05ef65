using EvalHarness.Engines;
using EvalHarness.Results;
using static System.FormattableString;

namespace EvalHarness.Reports;

/// <summary>What a run cost against the smallest possible work: two lines under the results, or a table by task.</summary>
internal static class WorkTable
{
    /// <summary>Empty where no model ran.</summary>
    public static string Summary(RunReport report)
    {
        RunCost cost = report.Harness.Cost;
        (EngineUsage usage, RunTimes times) = cost;
        if (usage.PromptTokensUnique == 0 || times.Total == 0)
            return "";
        string tokens =
            $"{usage.PromptTokensAsked} asked, {usage.PromptTokensUnique} unique, {usage.PromptTokensComputed} computed " +
            Invariant($"({OfFloor(usage):0.00} x the floor), {usage.PromptTokensReused} reused; {usage.TokensGenerated} generated");
        string workers = usage.Workers > 1 ? $" ({usage.Workers} workers)" : "";
        string parts = times.Parts is { } count ? $" in {count} parts together" : "";
        string time = Invariant($"{times.Total:0.0} s{parts}, {InModel(cost):0.0}% of it in the model{workers}; ") +
            Invariant($"tokenizing {usage.TokenizingSeconds:0.0}, grading {times.Grading:0.0}, writing {times.Writing:0.0} s; ") +
            $"peak memory {times.PeakMemory >> 20} MiB";
        return $"\nprompt tokens: {tokens}\ntime: {time}\n";
    }

    public static string ByTask(RunReport report)
    {
        var table = new TextTable(
            ("Task", false),
            ("Asked", true),
            ("Unique", true),
            ("Computed", true),
            ("x floor", true),
            ("Generated", true),
            ("Seconds", true),
            ("In model", true),
            ("Tokenizing", true),
            ("Grading", true),
            ("Writing", true));
        foreach ((string task, RunCost cost) in report.Harness.Work)
        {
            (EngineUsage usage, RunTimes times) = cost;
            table.Add(
                task,
                TextTable.Number(usage.PromptTokensAsked),
                TextTable.Number(usage.PromptTokensUnique),
                TextTable.Number(usage.PromptTokensComputed),
                usage.PromptTokensUnique == 0 ? "n/a" : TextTable.Number(OfFloor(usage), "0.00"),
                TextTable.Number(usage.TokensGenerated),
                TextTable.Number(times.Total, "0.0"),
                TextTable.Number(InModel(cost), "0.0") + "%",
                TextTable.Number(usage.TokenizingSeconds, "0.0"),
                TextTable.Number(times.Grading, "0.0"),
                TextTable.Number(times.Writing, "0.0"));
        }

        return table.ToString();
    }

    /// <summary>Prompt tokens that were computed, over those that had to be.</summary>
    private static double OfFloor(EngineUsage usage) => (double)usage.PromptTokensComputed / usage.PromptTokensUnique;

    /// <summary>Percent of the workers' time.</summary>
    private static double InModel(RunCost cost) =>
        cost.Seconds.Total == 0 ? 0 : 100 * cost.Usage.ModelSeconds / cost.Seconds.Total / cost.Usage.Workers;
}
