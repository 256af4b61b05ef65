using System.Globalization;
using EvalHarness.Results;
using EvalHarness.Tests.Results;

namespace EvalHarness.Benchmarks;

/// <summary>
/// Runs in parts, each killed at a random moment and continued, against the run of one process: whether all files are equal, and how many
/// prompt tokens the parts compute together.
/// </summary>
internal static class PartsStudy
{
    private const int Seed = 25, SamplesErrored = (int)ExitCode.SamplesErrored;

    private static readonly int[] Counts = [1, 2, 3, 7, 16];

    private static readonly (string Title, string[] Options)[] Runs =
    [
        ("MMLU, 5 shots, 10 a subject", ["--tasks", "mmlu", "--num-fewshot", "5", "--limit", "10"]),
        ("GSM8K, 100", ["--tasks", "gsm8k", "--limit", "100"]),
        ("HumanEval, 20", ["--tasks", "humaneval", "--limit", "20", "--allow-code-execution"]),
        ("GSM8K, 100, batches of 4", ["--tasks", "gsm8k", "--limit", "100", "--batch-size", "4"]),
        (
            "GSM8K, 20, three sampled repeats",
            ["--tasks", "gsm8k", "--limit", "20", "--repeats", "3", "--gen-kwargs", "do_sample=true,temperature=0.8"]),
    ];

    /// <param name="model">A folder of a model.</param>
    /// <param name="datasets">A folder with the datasets in the hub's layout.</param>
    /// <param name="program">The program's dll; null for that of this build.</param>
    internal static async Task RunAsync(string model, string datasets, string? program)
    {
        program ??= Path.GetFullPath(
            Path.Combine(AppContext.BaseDirectory, "..", "..", "EvalHarness.Cli", "release", "evalharness.dll"));
        string root = Path.Combine(Path.GetTempPath(), $"parts-{Environment.ProcessId}");
        var random = new Random(Seed);
        Console.WriteLine($"{Environment.ProcessorCount} cores\n\n| Run | Parts | Killed in their middle | Computed, of the unique "
            + "| Slowest part, of the mean | Files |\n|---|---:|---:|---:|---:|---|");
        foreach ((string title, string[] options) in Runs)
        {
            string[] run = ["run", "--model", model, "--datasets", datasets, "--quiet", .. options];
            string one = Path.Combine(root, "one");
            try
            {
                Measurement whole = await MeasuredProgram.RunAsync(program, [.. run, "--output", one]).ConfigureAwait(false);
                Require(whole);
                foreach (int parts in Counts)
                {
                    // Parts that are left alone show what the cuts alone cost.
                    foreach (Random? kills in (Random?[])(options.Contains("mmlu") ? [null, random] : [random]))
                        await MeasureAsync(program, run, title, one, Path.Combine(root, "parts"), parts, kills).ConfigureAwait(false);
                }
            }
            finally
            {
                if (Directory.Exists(root))
                    Directory.Delete(root, recursive: true);
            }
        }
    }

    private static async Task MeasureAsync(
        string program, string[] run, string title, string one, string folder, int parts, Random? kills)
    {
        int killed = 0;
        long answers = new FileInfo(Path.Combine(one, "responses.jsonl")).Length / parts;
        for (int number = 1; number <= parts; number++)
        {
            string part = Path.Combine(folder, $"{number}"), journal = Path.Combine(part, "responses.jsonl");
            long moment = kills?.NextInt64(0, answers) ?? long.MaxValue;
            Measurement first = await MeasuredProgram.RunAsync(
                program,
                [.. run, "--shard", $"{number}/{parts}", "--output", part],
                kill: () => new FileInfo(journal) is { Exists: true } written && written.Length > moment).ConfigureAwait(false);
            if (first.ExitCode is 0 or SamplesErrored)
                continue;
            killed++;
            Require(await MeasuredProgram.RunAsync(program, ["run", "--resume", part, "--quiet"]).ConfigureAwait(false));
        }

        string whole = folder + "-joined";
        Require(await MeasuredProgram.RunAsync(program, ["merge", folder, "--output", whole]).ConfigureAwait(false));
        string[] wrong = [.. RunText.Differences(one, whole)];
        string files = wrong.Length == 0 ? "equal" : $"different: {string.Join(", ", wrong)}";
        RunReport report = RunFolder.Open(one).ReadResults();
        double[] seconds = [.. RunFolder.Open(whole).ReadManifest().Sessions
            .Where(s => s.Part is not null)
            .GroupBy(s => s.Part, s => s.Work?.Usage.ModelSeconds ?? 0)
            .Select(g => g.Sum())];
        long computed = RunFolder.Open(whole).ReadResults().Harness.Usage.PromptTokensComputed;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {title} | {parts} | {killed} | {(double)computed / report.Harness.Usage.PromptTokensUnique:0.000} "
            + $"| {seconds.Max() / seconds.Average():0.00} | {files} |"));
        Directory.Delete(folder, recursive: true);
        Directory.Delete(whole, recursive: true);
    }

    private static void Require(Measurement measured)
    {
        if (measured.ExitCode is not (0 or SamplesErrored))
            throw new InvalidOperationException(measured.Error);
    }
}
