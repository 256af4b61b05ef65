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
    /// <summary>All options of a run but those that the published score's protocol decides.</summary>
    private readonly RunArguments _options = RunArguments.Without("--tasks", "--num-fewshot", "--apply-chat-template", "--system-instruction", "--fewshot-as-multiturn");
    private readonly Option<string> _as = new("--as") { Description = "The model's name among the published scores", HelpName = "NAME", Required = true };
    private readonly Option<string[]> _benchmarks = new("--task") { Description = "Only this benchmark (default: all that are published)", HelpName = "NAME" };
    private readonly Option<string?> _quantization = new("--quantization")
    {
        Description = "Compare with the score published for this quantization (default: as released, or bf16)",
        HelpName = "NAME",
    };
    private readonly Option<string?> _registry = new("--registry")
    {
        Description = "Published scores of your own (default: those that come with EvalHarness)",
        HelpName = "FILE",
    };
    private readonly Option<string?> _output = CommonOptions.Output("Folder for the runs (default: results/reproduce/NAME)");
    private readonly Option<bool> _download = CommonOptions.Download();
    private readonly Option<bool> _json = CommonOptions.Json();

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
            """);
        Option[] own = [reproduce._as, reproduce._benchmarks, reproduce._quantization, reproduce._registry, reproduce._output, reproduce._download, reproduce._json];
        foreach (Option option in own.Concat(reproduce._options.All))
            command.Options.Add(option);
        command.SetAction((parsed, cancellationToken) => reproduce.RunAsync(parsed, output, error, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var registry = PublishedScores.Read(parsed.GetValue(_registry));
        string name = parsed.GetValue(_as)!;
        RunOptions common = _options.ReadWhole(parsed);
        TaskCatalog catalog = TaskCatalog.Load(common.IncludePaths);
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
                (int code, run) = await MeasureAsync(parsed, common, protocol, Path.Combine(folder, protocol.Id), error, cancellationToken).ConfigureAwait(false);
                if (code != 0)
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

    private Task<(int Code, RunFolder Run)> MeasureAsync(
        ParseResult parsed, RunOptions common, PublishedProtocol protocol, string path, TextWriter error, CancellationToken cancellationToken)
    {
        RunOptions options = common with
        {
            Tasks = [protocol.Tasks],
            NumFewShot = protocol.NumFewshot,
            ApplyChatTemplate = protocol.ApplyChatTemplate,
            SystemInstruction = protocol.SystemInstruction,
        };
        string[] more = parsed.GetValue(_download) ? ["--download"] : [];
        return ChildRun.MeasureAsync(path, options, more, $"{protocol.Tasks}, {protocol.NumFewshot} shots", error, cancellationToken);
    }
}
