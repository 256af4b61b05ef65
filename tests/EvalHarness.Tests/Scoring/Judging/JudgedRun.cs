using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Scoring.Judging;
using EvalHarness.Tests.Results;

namespace EvalHarness.Tests.Scoring.Judging;

/// <summary>Runs of a task that a model grades, over a table of sums, in the folder of a test.</summary>
internal sealed class JudgedRun(TemporaryFolder folder)
{
    /// <summary>Shows the judge all that a planted bias needs: the order of the grades, the reference and the answer.</summary>
    internal const string Rubric = """
          rubric: "first {{ grades[0] }}; question {{question}}; reference {{reference}}; answer {{completion}}"
          rewording: "reworded; first {{ grades[0] }}; question {{question}}; reference {{reference}}; answer {{completion}}"
        """;

    /// <summary>Rows of the table: the sum of a number with itself, and a person's grade in the column human.</summary>
    internal int Rows { get; init; } = 6;

    internal Func<int, string> Human { get; init; } = _ => "";

    /// <summary>The completion of each row; the right one where nothing else is set.</summary>
    internal Func<int, string> Completion { get; init; } = i => $"{2 * i}";

    internal int? Repeats { get; init; }

    internal void Write(string judge)
    {
        Directory.CreateDirectory(folder["tasks"]);
        File.WriteAllLines(
            folder["tasks/sums.csv"],
            ["question,sum,human,seen", .. Enumerable.Range(0, Rows).Select(i => $"{i} + {i},{2 * i},{Human(i)},\"{Completion(i)}\"")]);
        File.WriteAllText(folder["tasks/sums.yaml"], $"""
            task: sums
            dataset_path: ./sums.csv
            test_split: test
            doc_to_text: "{"{{question}}"} ="
            doc_to_target: sum
            judge:
            {judge}
            """);
    }

    internal AnsweringEngine Model() => AnsweringEngine.OfText("model", context => Completion(int.Parse(context.Split(' ')[0], null)));

    internal async Task<(RunResults Results, IReadOnlyList<SampleRow> Samples)> RunAsync(AnsweringEngine judge, string name = "run")
    {
        var options = new RunOptions
        {
            Model = "model",
            Judge = "judge",
            Tasks = ["sums"],
            IncludePaths = [folder["tasks"]],
            Repeats = Repeats,
        };
        await using EvaluationRun run = await EvaluationRun.PrepareAsync(options, TimeProvider.System, CancellationToken.None);
        await using AnsweringEngine model = Model();
        run.OpenJudge(judge, account: null);
        Manifest manifest = await run.DescribeAsync(model.Description, new Dictionary<string, string>(), CancellationToken.None);
        using RunFolder written = RunFolder.Create(folder[name]);
        using Journal journal = await Journal.OpenAsync(written, manifest, TimeProvider.System, CancellationToken.None);
        using Journal judged = await Journal.OpenJudgeAsync(written, manifest, TimeProvider.System, CancellationToken.None);
        run.StartJudge(judged, progress: null);
        var sink = new RecordingSink();
        RunResults results = await run.ExecuteAsync(model, manifest, journal, [sink], progress: null, CancellationToken.None);
        return (results, Assert.Single(sink.Samples).Rows);
    }

    internal async Task<JudgeCard> CardAsync(Func<string, string> judge) =>
        Assert.Single((await RunAsync(AnsweringEngine.OfText("judge", judge))).Results.Tasks[0].Judges);

    /// <summary>Whether the answer that a judge is shown has the reference in it.</summary>
    internal static bool IsRight(string question)
    {
        string reference = Part(question, "reference "), answer = Part(question, "answer ");
        return answer.Split(' ', '\n').Contains(reference);
    }

    internal static string Part(string question, string name)
    {
        string rest = question[(question.IndexOf($"; {name}", StringComparison.Ordinal) + 2 + name.Length)..];
        return name == "answer " ? rest : rest.Split(';')[0];
    }
}
