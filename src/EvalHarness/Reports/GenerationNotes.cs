using System.Globalization;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Results;

namespace EvalHarness.Reports;

/// <summary>What a reader must know of completions that a limit cut off.</summary>
internal static class GenerationNotes
{
    private const int TasksNamed = 5;

    /// <summary>One line for completions whose reasoning did not end, and one for others that ended at the limit.</summary>
    internal static IEnumerable<string> Of(string task, GenerationFigures figures)
    {
        if (figures.Unfinished > 0)
        {
            yield return $"{task}: {Share(figures.Unfinished, figures.Completions)} completions were still thinking when they ended and "
                + $"were graded as they are; {figures.AtLimit} ended at the limit of {figures.Limit} tokens, which "
                + "--gen-kwargs max_gen_toks=N raises";
        }
        else if (figures is { AtLimit: > 0, Reasoned: > 0 })
        {
            yield return $"{task}: {Share(figures.AtLimit, figures.Completions)} completions were cut off by the limit of {figures.Limit} "
                + "tokens";
        }

        if (figures.Withheld > 0)
        {
            yield return $"{task}: {Share(figures.Withheld, figures.Completions)} completions were withheld by a content filter of the "
                + "server, or refused by the model, and were graded as they are";
        }
    }

    /// <summary>
    /// A line for each task of two runs whose completions have another length, or of which the limit cut some off; the tasks that changed
    /// most come first.
    /// </summary>
    internal static IEnumerable<string> Of(IReadOnlyList<ComparedGeneration> tasks)
    {
        ComparedGeneration[] changed =
        [
            .. tasks.Where(t => t.Base.Tokens > 0 && t.Candidate.Tokens > 0)
                .Where(t => Compared(t.Base) != Compared(t.Candidate) || t.Candidate.Unfinished > 0)
                .OrderByDescending(t => Math.Abs(Math.Log(Math.Max(t.Growth ?? 1, 1e-3)))),
        ];
        foreach (ComparedGeneration task in changed.Take(TasksNamed))
            yield return Line(task);
        if (changed.Length > TasksNamed)
            yield return $"The completions of {changed.Length - TasksNamed} more tasks differ in length; --json has them.";
    }

    private static GenerationFigures Compared(GenerationFigures figures) => figures with
    {
        Undivided = 0,
        Limit = 0,
    };

    private static string Line(ComparedGeneration task)
    {
        (GenerationFigures a, GenerationFigures b) = (task.Base, task.Candidate);
        string growth = task.Growth is { } ratio ? string.Create(CultureInfo.InvariantCulture, $" ({ratio - 1:+0.0%;-0.0%;0.0%})") : "";
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{task.Task}: {a.Tokens:0.0} tokens a completion in the base, {b.Tokens:0.0} in the candidate{growth}");
        if (a.Reasoned > 0 != b.Reasoned > 0)
            line += $"; reasoning was divided from the answer in the {(a.Reasoned > 0 ? "base" : "candidate")} alone";
        else if (a.ReasoningTokens > 0 && b.ReasoningTokens > 0)
        {
            line += string.Create(
                CultureInfo.InvariantCulture, $", of which {a.ReasoningTokens:0.0} and {b.ReasoningTokens:0.0} are reasoning");
        }

        line += $"; ended by the limit: {Share(a.AtLimit, a.Completions)} and {Share(b.AtLimit, b.Completions)}";
        return a.Unfinished + b.Unfinished == 0
            ? line + "."
            : $"{line}, of which {a.Unfinished} and {b.Unfinished} were still thinking.";
    }

    private static string Share(int part, int whole) =>
        string.Create(CultureInfo.InvariantCulture, $"{part} of {whole} ({100.0 * part / whole:0.0}%)");
}
