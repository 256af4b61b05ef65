using System.Globalization;
using EvalHarness.Data;
using EvalHarness.Sandbox;
using EvalHarness.Tests.Nightly.Gating;

namespace EvalHarness.Benchmarks;

/// <summary>
/// Studies with too many repetitions for a test. Their results are kept in a report, and the test suite repeats a few of their settings.
/// </summary>
internal static class Studies
{
    private const int Draws = 2_000, Rounds = 10;

    /// <returns>Whether the arguments name a study.</returns>
    internal static async Task<bool> RunAsync(string[] arguments)
    {
        switch (arguments)
        {
            case ["study", "gate"]:
                Gate();
                return true;
            case ["study", "intervals"]:
                IntervalStudy.Run();
                return true;
            case ["study", "decide"]:
                await Console.Out.WriteAsync(DecideStudy.Report()).ConfigureAwait(false);
                return true;
            case ["study", "decide", "flips"]:
                await Console.Out.WriteAsync(DecideStudy.LikelyFlips()).ConfigureAwait(false);
                return true;
            case ["study", "decide", "pairs", var before, var after]:
                await Console.Out.WriteAsync(await DecidePairsStudy.ReportAsync(before, after).ConfigureAwait(false)).ConfigureAwait(false);
                return true;
            case ["study", "noise"]:
                await Console.Out.WriteAsync($"{NoiseStudy.Report()}\n{NoiseStudy.Series()}").ConfigureAwait(false);
                return true;
            case ["study", "noise", "nights"]:
                await Console.Out.WriteAsync(NoiseStudy.Series()).ConfigureAwait(false);
                return true;
            case ["study", "nights"]:
                NightsStudy.Run();
                return true;
            case ["study", "plan"]:
                PlanStudy.Run();
                return true;
            case ["study", "history"]:
                HistoryStudy.Run();
                return true;
            case ["study", "divergence"]:
                DivergenceStudy.Run();
                return true;
            case ["study", "published"]:
                PublishedStudy.Run();
                return true;
            case ["study", "arena"]:
                await ArenaStudy.RunAsync().ConfigureAwait(false);
                return true;
            case ["study", "endpoint"]:
                await EndpointStudy.RunAsync().ConfigureAwait(false);
                return true;
            case ["study", "endpoint", "server"]:
                await EndpointStudy.ServeAsync().ConfigureAwait(false);
                return true;
            case ["study", "endpoint", var port, var requests]:
                await EndpointStudy.AskAsync(port, int.Parse(requests, CultureInfo.InvariantCulture)).ConfigureAwait(false);
                return true;
            case ["study", "sandbox", var root]:
                await SandboxAsync(root).ConfigureAwait(false);
                return true;
            case ["study", "tokenize", var root, .. { Length: > 0 } folders]:
                await TokenizeStudy.RunAsync(root, folders).ConfigureAwait(false);
                return true;
            case ["study", "shards", var folder]:
                await ShardStudy.RunAsync(folder).ConfigureAwait(false);
                return true;
            case ["study", "parts", var model, var datasets, .. var program]:
                await PartsStudy.RunAsync(model, datasets, program.FirstOrDefault()).ConfigureAwait(false);
                return true;
            case ["study", "merge", .. var program]:
                await MergeStudy.RunAsync(program.FirstOrDefault()).ConfigureAwait(false);
                return true;
            case ["study", "task-code"]:
                TaskCodeStudy.Run();
                return true;
            case ["study", "parity", var repository, .. var folders]:
                ParityStudy.Run(repository, folders);
                return true;
            case ["study", "flat", .. var options]:
                await FlatStudy.RunAsync(options).ConfigureAwait(false);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Prints how often the gate is wrong in each of 75 settings.</summary>
    private static void Gate()
    {
        Console.WriteLine("| Margin, points | Rows | Answers that change | False alarms at the margin | Called fine beyond it "
            + "| Smallest drop said to show, points | Called at that drop |\n|---:|---:|---:|---:|---:|---:|---:|");
        foreach (double margin in (double[])[0, 0.5, 1, 2, 5])
        {
            foreach (int rows in (int[])[50, 164, 500, 1_319, 14_042])
            {
                foreach (double flips in (double[])[0.01, 0.1, 0.3])
                {
                    (double drop, double called) = GateSimulation.Visible(Draws, margin, rows, flips);
                    double alarms = GateSimulation.Alarms(Draws, margin, rows, flips);
                    double calledFine = GateSimulation.CalledFine(Draws, margin, rows, flips);
                    Console.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"| {margin} | {rows} | {flips:0%} | {alarms:0.0%} | {calledFine:0.0%} | {100 * drop:0.00} | {called:0.0%} |"));
                }
            }
        }
    }

    /// <summary>
    /// Runs the canonical solutions of HumanEval ten times, and prints how they ended and how many programs ran per second.
    /// </summary>
    /// <param name="root">The folder of the datasets.</param>
    private static async Task SandboxAsync(string root)
    {
        Language python = LanguageReader.Get("python", "study");
        DatasetSplit split = await new FileDatasetSource(root)
            .OpenAsync(new DatasetName("openai/openai_humaneval", "openai_humaneval", "test"), CancellationToken.None)
            .ConfigureAwait(false);
        var programs = new List<SandboxedProgram>();
        await foreach (Document problem in split.ReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            programs.Add(python.Attach(
                $"{problem.Values["prompt"]}{problem.Values["canonical_solution"]}",
                $"{problem.Values["test"]}\ncheck({problem.Values["entry_point"]})",
                python.Limits.ProcessorTime));
        }

        ProgramSandbox sandbox = await ProgramSandbox.OpenAsync("auto", [python], CancellationToken.None).ConfigureAwait(false);
        await using (sandbox.ConfigureAwait(false))
        {
            Console.WriteLine($"{sandbox.Description}\n\n| Round | Ended | Tried again alone | Programs a second |\n|---:|---|---:|---:|");
            for (int round = 1; round <= Rounds; round++)
            {
                long start = TimeProvider.System.GetTimestamp();
                ProgramResult[] results = await Task
                    .WhenAll(programs.Select(p => sandbox.RunAsync(p, CancellationToken.None)))
                    .ConfigureAwait(false);
                double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
                string ends = string.Join(", ", results.GroupBy(r => r.End).OrderBy(g => g.Key).Select(g => $"{g.Count()} {g.Key}"));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {round} | {ends} | {results.Count(r => r.Retried)} | {programs.Count / seconds:0} |"));
            }
        }
    }
}
