using System.Text.Json;
using EvalHarness.Analysis.Arena;
using EvalHarness.Engines;
using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Scoring.Judging;

namespace EvalHarness.Tests.Analysis.Arena;

/// <summary>Finished runs over a table of sums, whose answers a judge of a test compares.</summary>
internal sealed class ArenaRun(TemporaryFolder folder)
{
    /// <summary>Shows the judge all that a planted leaning needs.</summary>
    internal const string Rubric = "asked {{prompt}}; of {{number}}; reference {{reference}}; first {{answer_a}}; second {{answer_b}}";

    internal int Rows { get; init; } = 40;

    /// <summary>Makes a run whose model gives these answers.</summary>
    /// <param name="name">The name of the run and, behind "replay-", of the model.</param>
    /// <param name="answer">The answer to each row; null for none, which errs.</param>
    /// <param name="number">What stands in the table's column number.</param>
    internal async Task AddAsync(string name, Func<int, string?> answer, Func<int, int>? number = null)
    {
        WriteTask(number ?? (n => n));
        string recorded = folder.Write($"{name}.jsonl", string.Concat(Enumerable.Range(0, Rows).Where(i => answer(i) is not null).Select(
            i => JsonSerializer.Serialize(new { context = $"Twice {i}?", response = answer(i) }) + "\n")));
        await RunAsync(name, $"replay:{recorded}");
    }

    /// <summary>Makes a run of a model that is asked in conversations.</summary>
    internal async Task AddChatAsync(string name, string model)
    {
        WriteTask(n => n);
        await RunAsync(name, model, "--apply-chat-template", "--gen-kwargs", "max_gen_toks=4");
    }

    private Task<CommandLineResult> RunAsync(string name, string model, params string[] more) => CommandLine.RunAsync(
    [
        "run", "--model", model, "--tasks", "sums", "--include-path", folder["tasks"], "--output", folder[name], "--quiet", .. more,
    ]);

    private void WriteTask(Func<int, int> number)
    {
        folder.Write("tasks/sums.csv", "number,sum\n" + string.Concat(Enumerable.Range(0, Rows).Select(
            i => $"{number(i)},{2 * i}\n")));
        folder.Write("tasks/sums.yaml", """
            task: sums
            dataset_path: ./sums.csv
            test_split: test
            doc_to_text: "Twice {{sum // 2}}?"
            doc_to_target: sum
            """);
    }

    /// <summary>Has a judge compare the runs, in the folder "arena".</summary>
    internal async Task<ArenaStandings> RateAsync(IEngine judge, params string[] runs)
    {
        var opened = ArenaRuns.Open([.. runs.Select(r => folder[r])], wanted: null, limit: null);
        PairRubric rubric = PairRubric.Of(folder.Write("rubric.txt", Rubric), pattern: null, names: null, generation: null, seed: 1);
        await ArenaJudging.CheckAsync(opened, rubric, CancellationToken.None);
        using var written = ArenaFolder.Open(folder["arena"]);
        var arena = new JudgedArena(opened, rubric, written);
        var asked = new RunJudge();
        asked.Open(judge, account: null);
        using Journal journal = await written.OpenJournalAsync(judge.Description, arena.Deciding, CancellationToken.None);
        asked.Start(journal, progress: null);
        return await arena.RateAsync(asked, judge.Description.ModelName, ArenaControls.None, CancellationToken.None);
    }

    /// <summary>A judge that says which answer is better, from the reference and the two answers in their order.</summary>
    internal static AnsweringEngine Judge(Func<string, string, string, string> verdict, string name = "judge") => AnsweringEngine.OfText(
        name, question => $"VERDICT: {verdict(Part(question, "reference"), Part(question, "first"), Part(question, "second"))}");

    /// <summary>The right judge: an answer that has the reference in it is better than one that has not.</summary>
    internal static string Right(string reference, string first, string second)
    {
        bool isFirst = first.Split(' ').Contains(reference), isSecond = second.Split(' ').Contains(reference);
        return isFirst == isSecond ? "TIE" : isFirst ? "A" : "B";
    }

    internal static string Part(string question, string name) => question
        .Split("; ").First(p => p.StartsWith($"{name} ", StringComparison.Ordinal))[(name.Length + 1)..];
}
