using System.CommandLine;
using System.Text.Json;
using EvalHarness.Analysis.Published;
using EvalHarness.Cli.Processes;
using EvalHarness.Files;
using EvalHarness.Reports;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness reproduce</c>.</summary>
internal sealed class ReproduceCommand
{
    private readonly Option<string> _model = new("--model") { Description = "A folder with genai_config.json, or a model of the hub as for run", HelpName = "DIR", Required = true };
    private readonly Option<string> _as = new("--as") { Description = "The model's name among the published scores", HelpName = "NAME", Required = true };
    private readonly Option<string[]> _benchmarks = new("--task") { Description = "Only this benchmark (default: all that are published)", HelpName = "NAME" };
    private readonly Option<string?> _quantization = new("--quantization") { Description = "Compare with the score published for this quantization (default: as released, or bf16)", HelpName = "NAME" };
    private readonly Option<string?> _registry = new("--registry") { Description = "Published scores of your own (default: those that come with EvalHarness)", HelpName = "FILE" };
    private readonly Option<string?> _output = new("--output") { Description = "Folder for the runs (default: results/reproduce/NAME)", HelpName = "DIR" };
    private readonly Option<string?> _device = new("--device") { Description = "cpu, cuda or directml (default: cpu)", HelpName = "DEVICE" };
    private readonly Option<int?> _limit = new("--limit") { Description = "Only the first N documents of each task: a wide interval, soon", HelpName = "N" };
    private readonly Option<string?> _datasets = new("--datasets") { Description = "As for run", HelpName = "ROOT" };
    private readonly Option<string[]> _includePaths = new("--include-path") { Description = "Folder with task files, for benchmarks that are not built in", HelpName = "DIR" };
    private readonly Option<string?> _batchSize = new("--batch-size") { Description = "As for run", HelpName = "N" };
    private readonly Option<bool> _allowCode = new("--allow-code-execution") { Description = "Run code that the model wrote, in a sandbox" };
    private readonly Option<bool> _download = new("--download") { Description = "Fetch from the hub what is not here yet" };
    private readonly Option<bool> _json = new("--json") { Description = "As JSON" };

    internal static Command Create(TextWriter output, TextWriter error)
    {
        var reproduce = new ReproduceCommand();
        var command = new Command(
            "reproduce",
            $"""
            Measures a model again as its published scores were made, and says of each: agrees, differs by more than the interval explains, or cannot
            be compared; and which settings the source leaves open. Exit code 0 all agree, 16 one differs, 10 none could be compared.

            Examples:
              {Invocation.Command} reproduce --model models/llama-3.1-8b-instruct --as llama-3.1-8b-instruct --task gsm8k
              {Invocation.Command} reproduce --model models/llama-3.2-1b-spinquant --as llama-3.2-1b-instruct --quantization spinquant
            """)
        {
            reproduce._model, reproduce._as, reproduce._benchmarks, reproduce._quantization, reproduce._registry, reproduce._output, reproduce._device, reproduce._limit, reproduce._datasets,
            reproduce._includePaths, reproduce._batchSize, reproduce._allowCode, reproduce._download, reproduce._json,
        };
        command.SetAction((parsed, cancellationToken) => reproduce.RunAsync(parsed, output, error, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var registry = PublishedScores.Read(parsed.GetValue(_registry));
        string name = parsed.GetValue(_as)!;
        TaskCatalog catalog = TaskCatalog.Load(parsed.GetValue(_includePaths) ?? []);
        string folder = parsed.GetValue(_output) ?? Path.Combine("results", "reproduce", name);
        var reproductions = new List<Reproduction>();
        var finished = new Dictionary<string, RunFolder>();
        foreach (PublishedScore score in Select(registry, name, parsed))
        {
            if (registry.ProtocolOf(score) is not { } protocol)
            {
                reproductions.Add(Reproduction.NotComparable(score, "no task here does the same"));
                continue;
            }

            if (!catalog.TaskNames.Contains(protocol.Tasks) && !catalog.GroupNames.Contains(protocol.Tasks))
            {
                reproductions.Add(Reproduction.NotComparable(score, $"needs the task {protocol.Tasks}, which is not built in: --include-path with lm-evaluation-harness's tasks"));
                continue;
            }

            if (!finished.TryGetValue(protocol.Id, out RunFolder? run))
            {
                run = new RunFolder(Path.Combine(folder, protocol.Id));
                if (await MeasureAsync(parsed, protocol, run, error, cancellationToken).ConfigureAwait(false) is var code and not 0)
                    return code;
                finished[protocol.Id] = run;
            }

            reproductions.Add(Reproduction.Of(registry, score, run));
        }

        await output.WriteAsync(parsed.GetValue(_json) ? JsonSerializer.Serialize(reproductions, ResultsJson.Indented) + "\n" : ReproductionTable.Render(registry, reproductions)).ConfigureAwait(false);
        return (int)(reproductions.Any(r => r.Verdict == ReproductionVerdict.Differs) ? ExitCode.NotReproduced
            : reproductions.Any(r => r.Verdict == ReproductionVerdict.Agrees) ? ExitCode.Success
            : ExitCode.Incomparable);
    }

    private PublishedScore[] Select(PublishedScores registry, string name, ParseResult parsed)
    {
        PublishedScore[] known = [.. registry.Scores.Where(s => s.Model == name)];
        if (known.Length == 0)
            throw new EvalException(ExitCode.Usage, $"--as {name}: no score of it is known; known are {string.Join(", ", registry.Scores.Where(s => !s.Closed).Select(s => s.Model).Distinct())}");
        string[] benchmarks = parsed.GetValue(_benchmarks) ?? [];
        if (benchmarks.FirstOrDefault(b => known.All(s => s.Benchmark != b)) is { } unknown)
            throw new EvalException(ExitCode.Usage, $"--task {unknown}: no such score of {name} is known; known are {string.Join(", ", known.Select(s => s.Benchmark).Distinct())}");
        string? quantization = parsed.GetValue(_quantization);
        PublishedScore[] selected = [.. known.Where(s => benchmarks.Length == 0 || benchmarks.Contains(s.Benchmark)).Where(s => quantization is null ? s.Quantization is null or "bf16" : s.Quantization == quantization)];
        return selected.Length > 0 ? selected : throw new EvalException(ExitCode.Usage, $"--quantization {quantization}: no such score of {name} is known; known are {string.Join(", ", known.Select(s => s.Quantization ?? "as released").Distinct())}");
    }

    /// <summary>A run in a process of its own; continued where it was cut off, and left as it is where it is finished.</summary>
    private async Task<int> MeasureAsync(ParseResult parsed, PublishedProtocol protocol, RunFolder run, TextWriter error, CancellationToken cancellationToken)
    {
        if (EarlierRun.IsFinished(run.Name, parsed.GetValue(_model)!, [protocol.Tasks], parsed.GetValue(_limit)))
            return 0;
        await error.WriteLineAsync($"{protocol.Tasks}, {protocol.NumFewshot} shots").ConfigureAwait(false);
        string[] arguments = File.Exists(run.ManifestFile)
            ? ["run", "--resume", run.Name]
            :
            [
                "run", "--output", run.Name, "--tasks", protocol.Tasks, "--num-fewshot", $"{protocol.NumFewshot}",
                .. protocol.ApplyChatTemplate ? ["--apply-chat-template"] : (string[])[],
                .. protocol.SystemInstruction is { } system ? ["--system-instruction", system] : (string[])[],
                .. MatrixRun.Rest(parsed, [_as, _benchmarks, _quantization, _registry, _output, _json]),
            ];
        int code = await ChildProgram.RunAsync([.. arguments, "--quiet"], TextWriter.Null, error, cancellationToken).ConfigureAwait(false);
        return ChildProgram.Crashed(code) ? throw ChildProgram.Crash(run.Name, code) : code;
    }
}
