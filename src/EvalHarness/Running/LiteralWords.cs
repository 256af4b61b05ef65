using EvalHarness.Data;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// Finds keys whose value looks like the name of a column and is none. It is text then, as in lm-evaluation-harness, but it may be a typing
/// mistake. Descriptions and generation prefixes are left out, because a word of text is usual there.
/// </summary>
internal static class LiteralWords
{
    private const int ColumnsNamed = 12;

    /// <summary>Returns one line for each key.</summary>
    /// <param name="run">A task with its documents.</param>
    internal static IEnumerable<string> Warnings(TaskRun run)
    {
        TaskDefinition task = run.Definition;
        FewShotDefinition shots = task.FewShot;
        var warned = new HashSet<TaskField>();
        IEnumerable<string> Of(string from, Document? first, params TaskField?[] fields) => fields
            .OfType<TaskField>()
            .Where(f => first is not null && IsMissing(f, first) && warned.Add(f))
            .Select(f => $"{f.Place}: '{f.Column}' is no column of {from}, so it is text; "
                + $"the columns are {Named(first!.Values.Keys)}");
        return
        [
            .. Of(
                $"{task.Dataset(task.EvaluationSplit)}",
                run.Documents.Count > 0 ? run.Documents.First().Document : null,
                task.DocToText,
                task.DocToTarget,
                task.DocToChoice,
                task.ReferenceSolution),
            .. Of(
                shots.Samples is null ? $"{task.Dataset(shots.Split)}" : "the samples in fewshot_config",
                run is { NumFewShot: > 0, FewShotPool: [var example, ..] } ? example : null,
                shots.DocToText,
                shots.DocToTarget,
                shots.DocToChoice),
        ];
    }

    private static bool IsMissing(TaskField field, Document document) =>
        field.Column is { } word && !char.IsDigit(word[0]) && !document.Values.ContainsKey(word);

    private static string Named(IEnumerable<string> columns)
    {
        string[] first = [.. columns.Take(ColumnsNamed + 1)];
        return string.Join(", ", first.Take(ColumnsNamed)) + (first.Length > ColumnsNamed ? ", ..." : "");
    }
}
