using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EvalHarness.Cli.Processes;
using EvalHarness.Files;
using EvalHarness.Nightly.Gating;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness noise</c>.</summary>
internal sealed class NoiseCommand
{
    private readonly RunArguments _options = RunArguments.Without(
        "--batch-size", "--workers", "--threads", "--no-prefix-reuse", "--device", "--predict-only", "--lm-eval-output");
    private readonly Option<int> _runs = new("--runs")
    {
        Description = "Runs of each variation",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };
    private readonly Option<string> _batchSizes = new("--batch-sizes")
    {
        Description = "Variations: completions generated together, separated by commas",
        HelpName = "N,N",
        DefaultValueFactory = _ => "1,2,4,8",
    };
    private readonly Option<string> _workers = new("--workers")
    {
        Description = "Variations: sequences computed side by side, which also divides the threads",
        HelpName = "N,N",
        DefaultValueFactory = _ => "1,2",
    };
    private readonly Option<string?> _threads = new("--threads")
    {
        Description = "Variations: threads of all workers together, separated by commas (default: one per core)",
        HelpName = "N,N",
    };
    private readonly Option<string?> _noPrefixReuse = new("--no-prefix-reuse")
    {
        Description = "Compute every prompt from its first token; with false,true as a variation: with what prompts share, and without",
        HelpName = "BOOL,BOOL",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<string[]> _devices = new("--device")
    {
        Description = "Where to run (default: cpu); several measure what changing the provider changes",
        HelpName = "DEVICE",
    };
    private readonly Option<bool> _download = CommonOptions.Download();
    private readonly Option<string?> _output =
        CommonOptions.Output("Folder for the runs and noise.json (default: results/noise/MODEL-DEVICE)");
    private readonly Option<bool> _json = CommonOptions.Json("Print noise.json instead of the table");

    internal static Command Create(TextWriter output, TextWriter error)
    {
        var noise = new NoiseCommand();
        var command = new Command(
            "noise",
            $"""
            Measures what the same model gives twice: runs tasks several times, with other batches and threads, and tells how far scores
            and answers lie apart. A gate that is given the file has intervals that are as much wider, so that it calls no drop a
            regression that the same model can give twice. More rows and more variations make the intervals less wide.

            Examples:
              {Invocation.Command} noise --model models/phi-4-mini-int4 --tasks gsm8k
              {Invocation.Command} noise --model models/phi-4-mini-int4 --tasks gsm8k --batch-sizes 1,8,16 --workers 1 --limit 200
              {Invocation.Command} noise --model models/phi-4-mini-int4 --tasks gsm8k --batch-sizes 8 --workers 1 --runs 5
              {Invocation.Command} noise --model models/phi-4-mini-int4 --tasks gsm8k --threads 2,4,8 --no-prefix-reuse false,true
            """);
        Option[] own =
        [
            noise._runs, noise._batchSizes, noise._workers, noise._threads, noise._noPrefixReuse, noise._devices, noise._download,
            noise._output, noise._json,
        ];
        foreach (Option option in noise._options.All.Concat(own))
            command.Options.Add(option);
        command.SetAction((parsed, cancellationToken) => noise.RunAsync(parsed, output, error, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        RunOptions common = _options.ReadWhole(parsed);
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(common.Model)));
        string[] devices = parsed.GetValue(_devices) is { Length: > 0 } given ? given : [common.Device];
        string folder = parsed.GetValue(_output) ?? Path.Combine("results", "noise", $"{name}-{string.Join('-', devices)}");
        int count = parsed.GetValue(_runs);
        (string Name, RunOptions Options)[] variations =
        [
            .. from device in devices
               from batch in BenchCommand.ReadNumbers("--batch-sizes", parsed.GetValue(_batchSizes)!)
               from workers in BenchCommand.ReadNumbers("--workers", parsed.GetValue(_workers)!)
               from threads in Threads(parsed)
               from alone in NoPrefixReuse(parsed)
               from run in Enumerable.Range(1, Math.Max(0, count))
               let threadsName = threads is { } number ? $"-threads{number}" : ""
               select (
                   $"{device}-batch{batch}-workers{workers}{threadsName}{(alone ? "-no-prefix-reuse" : "")}-{run}",
                   Vary(
                       common with { NoPrefixReuse = alone, Threads = threads },
                       ("--device", device),
                       ("--batch-size", $"{batch}"),
                       ("--workers", $"{workers}"))),
        ];
        if (count < 1 || variations.Length < 2 || variations.DistinctBy(v => v.Name).Count() < variations.Length)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"--runs {count}: expected 2 or more, or several different batch sizes, workers, threads, devices or with and without "
                + "prefix reuse: a run cannot differ from itself");
        }

        string[] more = parsed.GetValue(_download) ? ["--download"] : [];
        var measured = new List<RunFolder>();
        foreach ((string variation, RunOptions options) in variations)
        {
            (int code, RunFolder run) = await ChildRun
                .MeasureAsync(Path.Combine(folder, variation), options, more, variation, error, cancellationToken)
                .ConfigureAwait(false);
            if (code != 0)
                return code;
            measured.Add(run);
        }

        NoiseFloor floor = await NoiseMeasurement
            .OfAsync([.. measured.Select(FinishedRun.Read)], [.. variations.Select(v => v.Name)], count, cancellationToken)
            .ConfigureAwait(false);
        string file = Path.Combine(folder, "noise.json");
        string json = JsonSerializer.Serialize(floor, ResultsJson.Indented);
        await OutputFile
            .WriteAsync(Path.GetFullPath(file), async stream => await stream.WriteAsync(Encoding.UTF8.GetBytes(json)).ConfigureAwait(false))
            .ConfigureAwait(false);
        await output
            .WriteAsync(parsed.GetValue(_json) ? $"{json}\n" : $"{Table(floor)}{measured.Count} runs; for a gate: {file}\n")
            .ConfigureAwait(false);
        return (int)ExitCode.Success;
    }

    private IEnumerable<int?> Threads(ParseResult parsed) => parsed.GetValue(_threads) is { } text
        ? BenchCommand.ReadNumbers("--threads", text).Select(number => (int?)number)
        : [null];

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: a value is neither true nor false.</exception>
    private IEnumerable<bool> NoPrefixReuse(ParseResult parsed)
    {
        if (parsed.GetValue(_noPrefixReuse) is not { } text)
            return [parsed.GetResult(_noPrefixReuse) is { Implicit: false }];
        return text.Split(',').Select(part => bool.TryParse(part, out bool value) ? value : throw new EvalException(
            ExitCode.Usage, $"--no-prefix-reuse {text}: expected true or false, or both with a comma between"));
    }

    private static RunOptions Vary(RunOptions common, params (string Name, string Text)[] values) =>
        RunOptions.Of(values.ToDictionary(v => v.Name, v => (IReadOnlyList<string>)[v.Text]), common);

    private static TextTable Table(NoiseFloor floor)
    {
        var table = new TextTable(
            ("Task", false), ("Metric", false), ("n", true), ("Largest difference, points", true),
            ("Largest flips", true), ("Changed rows, at most", true), ("Least same text", true), ("Noise in a gate, points", true));
        foreach (NoiseScore score in floor.Scores)
        {
            table.Add(
                score.Task,
                $"{score.Metric},{score.Filter}",
                TextTable.Number(score.Rows),
                TextTable.Number(100 * score.LargestDifference, "0.000"),
                TextTable.Number(score.LargestFlips),
                Percent(score.LargestRate),
                Percent(score.LeastSameText),
                score.Reach(floor.Repeats) is { } reach ? TextTable.Number(100 * reach, "±0.00") : "n/a");
        }

        return table;

        static string Percent(double? share) =>
            share is { } value ? (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + "%" : "n/a";
    }
}
