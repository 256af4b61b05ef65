using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Cli.Processes;
using EvalHarness.Files;
using EvalHarness.Nightly.Gating;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness noise</c>.</summary>
internal sealed class NoiseCommand
{
    private readonly Option<string> _model = new("--model") { Description = "A folder with genai_config.json", HelpName = "DIR", Required = true };
    private readonly Option<string[]> _tasks = new("--tasks", "--task") { Description = "Names, groups, tags or globs, separated by commas", HelpName = "NAMES", Required = true };
    private readonly Option<int> _repeats = new("--repeats") { Description = "Runs of each variation", HelpName = "N", DefaultValueFactory = _ => 2 };
    private readonly Option<string> _batchSizes = new("--batch-sizes") { Description = "Variations: completions generated together, separated by commas", HelpName = "N,N", DefaultValueFactory = _ => "1,4" };
    private readonly Option<string> _workers = new("--workers") { Description = "Variations: sequences computed side by side, which also divides the threads", HelpName = "N,N", DefaultValueFactory = _ => "1,2" };
    private readonly Option<string[]> _devices = new("--device") { Description = "Where to run (default: cpu); several measure what changing the provider changes", HelpName = "DEVICE" };
    private readonly Option<int?> _limit = new("--limit") { Description = "Only the first N documents of each task", HelpName = "N" };
    private readonly Option<string?> _datasets = new("--datasets") { Description = "As for run", HelpName = "ROOT" };
    private readonly Option<string[]> _includePaths = new("--include-path") { Description = "Folder with task files of your own", HelpName = "DIR" };
    private readonly Option<bool> _allowCode = new("--allow-code-execution") { Description = "Run code that the model wrote, in a sandbox" };
    private readonly Option<string?> _output = new("--output") { Description = "Folder for the runs and noise.json (default: results/noise/MODEL-DEVICE)", HelpName = "DIR" };
    private readonly Option<bool> _json = new("--json") { Description = "Print noise.json instead of the table" };

    internal static Command Create(TextWriter output, TextWriter error)
    {
        var noise = new NoiseCommand();
        var command = new Command(
            "noise",
            $"""
            Measures what the same model gives twice: runs tasks several times, with other batches and threads, and tells how far scores and answers
            lie apart. A gate that is given the file calls nothing smaller a regression.

            Examples:
              {Invocation.Command} noise --model models/phi-4-mini-int4 --tasks gsm8k --repeats 3
              {Invocation.Command} noise --model models/phi-4-mini-int4 --tasks gsm8k --batch-sizes 1,8,16 --workers 1 --limit 200
            """)
        {
            noise._model, noise._tasks, noise._repeats, noise._batchSizes, noise._workers, noise._devices, noise._limit, noise._datasets, noise._includePaths, noise._allowCode, noise._output, noise._json,
        };
        command.SetAction((parsed, cancellationToken) => noise.RunAsync(parsed, output, error, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        string model = parsed.GetValue(_model)!;
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)));
        string[] devices = parsed.GetValue(_devices) is { Length: > 0 } given ? given : ["cpu"];
        string folder = parsed.GetValue(_output) ?? Path.Combine("results", "noise", $"{name}-{string.Join('-', devices)}");
        int repeats = parsed.GetValue(_repeats);
        (string Name, string[] Arguments)[] variations =
        [
            .. from device in devices
               from batch in BenchCommand.ReadNumbers("--batch-sizes", parsed.GetValue(_batchSizes)!)
               from workers in BenchCommand.ReadNumbers("--workers", parsed.GetValue(_workers)!)
               from repeat in Enumerable.Range(1, repeats)
               select ($"{device}-batch{batch}-workers{workers}-{repeat}", (string[])["--device", device, "--batch-size", $"{batch}", "--workers", $"{workers}"]),
        ];
        if (repeats < 1 || variations.Length < 2)
            throw new EvalException(ExitCode.Usage, $"--repeats {repeats}: expected 2 or more, or several batch sizes, workers or devices: one run has nothing to differ from");
        string[] common = [.. MatrixRun.Rest(parsed, [_model, _repeats, _batchSizes, _workers, _devices, _output, _json])];
        foreach ((string variation, string[] arguments) in variations)
        {
            string run = Path.Combine(folder, variation);
            if (EarlierRun.IsFinished(run, model, parsed.GetValue(_tasks)!, parsed.GetValue(_limit)))
                continue;
            await error.WriteLineAsync($"{variation}").ConfigureAwait(false);
            string[] start = File.Exists(new RunFolder(run).ManifestFile) ? ["run", "--resume", run] : ["run", "--model", model, "--output", run, .. arguments, .. common];
            int code = await ChildProgram.RunAsync([.. start, "--quiet"], TextWriter.Null, error, cancellationToken).ConfigureAwait(false);
            if (code != 0)
                return ChildProgram.Crashed(code) ? throw ChildProgram.Crash(run, code) : code;
        }

        RunFolder[] runs = [.. variations.Select(v => new RunFolder(Path.Combine(folder, v.Name)))];
        NoiseFloor floor = await MeasureAsync(name, string.Join(',', devices), runs, [.. variations.Select(v => v.Name)], cancellationToken).ConfigureAwait(false);
        string file = Path.Combine(folder, "noise.json");
        await OutputFile.WriteAsync(Path.GetFullPath(file), stream => JsonSerializer.SerializeAsync(stream, floor, ResultsJson.Indented, CancellationToken.None)).ConfigureAwait(false);
        await output.WriteAsync(parsed.GetValue(_json) ? await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false) + "\n" : $"{Table(floor)}{runs.Length} runs; for a gate: {file}\n").ConfigureAwait(false);
        return (int)ExitCode.Success;
    }

    /// <summary>Each run against each other.</summary>
    private static async Task<NoiseFloor> MeasureAsync(string model, string device, RunFolder[] runs, string[] variations, CancellationToken cancellationToken)
    {
        var pairs = new List<ComparedScore>();
        for (int i = 0; i + 1 < runs.Length; i++)
            pairs.AddRange((await Comparison.OfAllAsync(runs[i..], cancellationToken).ConfigureAwait(false)).SelectMany(c => c.Scores));
        return new NoiseFloor
        {
            Model = model,
            Device = device,
            Variations = variations,
            Scores =
            [
                .. pairs.GroupBy(s => (s.Task, s.Metric, s.Filter)).Select(g => new NoiseScore(
                    g.Key.Task, g.Key.Metric, g.Key.Filter, g.Min(s => s.Count), g.Max(s => Math.Abs(s.Difference)), g.Max(s => s.Flips is { } f ? f.RightToWrong + f.WrongToRight : (int?)null), g.Min(s => s.SameText))),
            ],
        };
    }

    private static TextTable Table(NoiseFloor floor)
    {
        var table = new TextTable(("Task", false), ("Metric", false), ("n", true), ("Largest difference, points", true), ("Largest flips", true), ("Least same text", true));
        foreach (NoiseScore score in floor.Scores)
        {
            table.Add(
                score.Task,
                $"{score.Metric},{score.Filter}",
                TextTable.Number(score.Rows),
                TextTable.Number(100 * score.LargestDifference, "0.000"),
                TextTable.Number(score.LargestFlips),
                score.LeastSameText is { } same ? (100 * same).ToString("0.0", CultureInfo.InvariantCulture) + "%" : "n/a");
        }

        return table;
    }
}
