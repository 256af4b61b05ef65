using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Pythonic;
using EvalHarness.Sandbox;
using EvalHarness.Tasks.Code;

namespace EvalHarness.Benchmarks;

/// <summary>
/// What a task author's Python costs in the sandbox, against a plain interpreter that reads rows of JSON, calls the same function and
/// writes what it returns. Both start anew each time, and take turns, so that what else the machine does meets both.
/// </summary>
internal static class TaskCodeStudy
{
    private const int Rounds = 7, Seed = 26;

    private static readonly string[] Subjects = ["history", "physics", "law"];

    private static readonly (string Function, int Rows)[] Calls =
        [("keeps_one_subject", 12_000), ("maps_each", 12_000), ("filters_and_maps", 12_000), ("process_results", 14_000)];

    internal static void Run()
    {
        string folder = Directory.CreateTempSubdirectory("task-code-").FullName;
        try
        {
            foreach (string file in (string[])["utils.py", "plain.py"])
                File.Copy(Path.Combine(AppContext.BaseDirectory, "TaskCode", file), Path.Combine(folder, file));
            Console.WriteLine("| Function | Rows | Plain, s | Sandbox, s | Times | Lowest | Highest |");
            Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
            foreach ((string function, int rows) in Calls)
                Measure(folder, function, Make(rows));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Measure(string folder, string function, List<Document> rows)
    {
        bool scores = function == "process_results";
        IReadOnlyList<object?>[] arguments = [.. rows.Select((row, i) => (IReadOnlyList<object?>)[row, Results(i)])];
        string source = Path.Combine(folder, "rows.jsonl");
        File.WriteAllLines(source, rows.Select((row, i) => scores ? $"[{row.ToJson()},{JsonResults(i)}]" : row.ToJson()));
        var plain = new double[Rounds];
        var boxed = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            plain[round] = Seconds(() => Plain(folder, function, source));
            boxed[round] = Seconds(() => Boxed(folder, function, rows, scores ? arguments : null));
        }

        double[] times = [.. plain.Zip(boxed, (p, b) => b / p).Order()];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {function} | {rows.Count} | {Median(plain):0.00} | {Median(boxed):0.00} | {times[Rounds / 2]:0.00} | {times[0]:0.00} "
            + $"| {times[^1]:0.00} |"));
    }

    private static void Plain(string folder, string function, string source)
    {
        var start = new ProcessStartInfo(BoxBackend.Python, ["-B", "plain.py", function, source, Path.Combine(folder, "made.jsonl")])
        {
            WorkingDirectory = folder,
        };
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"plain.py {function} ended with {process.ExitCode}");
    }

    private static void Boxed(string folder, string function, List<Document> rows, IReadOnlyList<IReadOnlyList<object?>>? arguments)
    {
        using var code = new BoxedCode(BoxBackend.Named("auto"), new CodeSettings());
        var reference = new FunctionReference($"utils.{function}", folder);
        code.Load(reference);
        if (arguments is not null)
        {
            var call = new CodeCall(CodeOperation.Results, [reference], new Dictionary<string, object?>());
            foreach (CallOutcome outcome in code.Rows(call, arguments, CancellationToken.None))
                outcome.Get();
            return;
        }

        using ICodeSplit split = code.OpenSplit(reference, [.. rows[0].Values.Keys], CancellationToken.None);
        split.Add(rows);
        int made = split.Process(reference).Count();
        if (made == 0)
            throw new InvalidOperationException($"{function} gave no document");
    }

    /// <summary>Rows of about 0.8 KB.</summary>
    private static List<Document> Make(int count)
    {
        var random = new Random(Seed);
        string Words(int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => $"{random.Next():x8}"[..random.Next(2, 7)]));
        return
        [
            .. Enumerable.Range(0, count).Select(i => new Document(new Dictionary<string, object?>
            {
                ["question"] = $"{Words(60)} [note] {Words(20)}?",
                ["subject"] = Subjects[i % Subjects.Length],
                ["choices"] = Enumerable.Range(0, 4).Select(object? (_) => $"{Words(12)} [title]").ToList(),
                ["label"] = $"{random.Next(4)}",
            })),
        ];
    }

    private static List<object?> Results(int row) =>
        [.. Enumerable.Range(0, 4).Select(object? (i) => PythonSequence.Tuple([Likelihood(row, i), (row + i) % 4 == 0]))];

    private static string JsonResults(int row) =>
        JsonSerializer.Serialize(Enumerable.Range(0, 4).Select(i => new object[] { Likelihood(row, i), (row + i) % 4 == 0 }));

    private static double Likelihood(int row, int choice) => -1 - ((row * 31 + choice * 17) % 101 / 7.0);

    private static double Seconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
