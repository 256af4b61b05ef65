using System.ComponentModel;
using EvalHarness.Results;

namespace EvalHarness.Analysis.Receipts;

/// <summary>How far a candidate lies from the base at the frozen tokens.</summary>
internal sealed record ReceiptDivergence
{
    [Description("At all frozen tokens together")]
    public required DivergenceFigures All { get; init; }

    [Description("By task, each group before its tasks")]
    public required IReadOnlyList<TaskDivergence> ByTask { get; init; }

    [Description("By position, the number of tokens that the models had read; each row reaches twice as far as the one before")]
    public required IReadOnlyList<PositionDivergence> ByPosition { get; init; }

    /// <param name="differences">Those of each task.</param>
    /// <param name="report">Of the base's run, which knows groups.</param>
    internal static ReceiptDivergence? Of(IReadOnlyList<FrozenDifferences> differences, RunReport report)
    {
        if (DivergenceFigures.Of(Documents(differences, (_, _) => true)) is not { } all)
            return null;
        var byTask = differences.ToDictionary(d => d.Task.Task);
        ScoreRow[] rows = [.. report.Rows.DistinctBy(r => r.Name).Where(r => report.Leaves(r.Name).All(byTask.ContainsKey))];
        return new ReceiptDivergence
        {
            All = all,
            ByTask =
            [
                .. rows.Zip(report.Depths(rows), (r, depth) => TaskDivergence.Of(
                        r.Name, report.Members(r.Name) is not null, depth, [.. report.Leaves(r.Name).Select(t => byTask[t])]))
                    .OfType<TaskDivergence>(),
            ],
            ByPosition = [.. PositionDivergence.Of(differences)],
        };
    }

    internal static IEnumerable<(IReadOnlyList<FrozenPoint> Points, int Text)> Documents(
        IEnumerable<FrozenDifferences> differences, Func<FrozenSequence, FrozenPoint, bool> isIn) =>
        differences.SelectMany(d => d.Documents(isIn));
}

/// <summary>How far two models lie apart in a task, or in the tasks of a group.</summary>
internal sealed record TaskDivergence
{
    [Description("Task or group")]
    public required string Task { get; init; }

    public required bool IsGroup { get; init; }

    [Description("How deep it stands under its groups")]
    public required int Depth { get; init; }

    [Description("At the tokens of prompts; absent where there are none")]
    public DivergenceFigures? Prompt { get; init; }

    [Description("At the tokens of what the base answered; absent where there are none")]
    public DivergenceFigures? Answer { get; init; }

    internal static TaskDivergence? Of(string task, bool isGroup, int depth, IReadOnlyList<FrozenDifferences> tasks)
    {
        DivergenceFigures? prompt = DivergenceFigures.Of(ReceiptDivergence.Documents(tasks, (s, p) => p.Position < s.AnswerFrom));
        DivergenceFigures? answer = DivergenceFigures.Of(ReceiptDivergence.Documents(tasks, (s, p) => p.Position >= s.AnswerFrom));
        return prompt is null && answer is null
            ? null
            : new TaskDivergence
            {
                Task = task,
                IsGroup = isGroup,
                Depth = depth,
                Prompt = prompt,
                Answer = answer,
            };
    }
}

/// <summary>How far two models lie apart at some positions, in all tasks together.</summary>
internal sealed record PositionDivergence
{
    [Description("Fewest tokens that the models had read")]
    public required int From { get; init; }

    [Description("Most tokens that the models had read")]
    public required int To { get; init; }

    public required DivergenceFigures Figures { get; init; }

    internal static IEnumerable<PositionDivergence> Of(IReadOnlyList<FrozenDifferences> differences)
    {
        int longest = differences.SelectMany(d => d.Task.Sequences).Max(s => s.Tokens.Length);
        for (int from = 1; from < longest; from *= 2)
        {
            int first = from, last = (2 * from) - 1;
            var points = ReceiptDivergence.Documents(differences, (_, p) => p.Position >= first && p.Position <= last);
            if (DivergenceFigures.Of(points) is { } figures)
                yield return new PositionDivergence { From = first, To = last, Figures = figures };
        }
    }
}
