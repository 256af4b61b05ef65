using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
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
    /// <summary>The smallest whole number of points within which a run over all of MMLU, the largest benchmark here, can agree.</summary>
    private const double DefaultMargin = 2;

    /// <summary>All options of a run except those that the protocol of the published score determines.</summary>
    private readonly RunArguments _options = RunArguments.Without(
        "--tasks", "--num-fewshot", "--apply-chat-template", "--system-instruction", "--fewshot-as-multiturn", "--predict-only",
        "--lm-eval-output");
    private readonly Option<bool> _list = new("--list")
    {
        Description = "List the published scores, how each is measured, and why some are not; needs no model, and runs nothing",
    };
    private readonly Option<string?> _as = new("--as")
    {
        Description = "Name of the model in the published scores",
        HelpName = "NAME",
    };
    private readonly Option<string[]> _benchmarks = new("--task")
    {
        Description = "Reproduce only this benchmark (default: all benchmarks with a published score)",
        HelpName = "NAME",
    };
    private readonly Option<string?> _quantization = new("--quantization")
    {
        Description = "Compare with the scores published for this quantization (default: the model as released, or in bf16 or fp16)",
        HelpName = "NAME",
    };
    private readonly Option<double> _margin = new("--margin")
    {
        Description = "A score agrees only if the whole 95% interval of its difference lies within this many points",
        HelpName = "POINTS",
        CustomParser = Margin,
        DefaultValueFactory = _ => DefaultMargin,
    };
    private readonly Option<string?> _registry = CommonOptions.PublishedScores();
    private readonly Option<string?> _output = CommonOptions.Output("Folder for the runs (default: results/reproduce/NAME)");
    private readonly Option<bool> _download = CommonOptions.Download();
    private readonly Option<bool> _noLadder = new("--no-ladder")
    {
        Description = "Where a score differs, do not look for the setting that explains it",
    };
    private readonly Option<bool> _json = CommonOptions.Json();

    internal static Command Create(TextWriter output, TextWriter error)
    {
        var reproduce = new ReproduceCommand();
        var command = new Command(
            "reproduce",
            $"""
            Measures a model with the settings of its published scores, and says for each score whether the measured one agrees within a
            margin, is not refuted, differs, or cannot be compared, and which settings the source does not state. Not refuted means that
            the scores may be equal, and that their difference may also be larger than the margin. The interval of the difference has the
            noise of both scores and the rounding of the published one; several scores are corrected together (Holm).
            Where a score differs, one setting at a time is changed to what the source may have done, on fewer documents than a full run
            has, and the output says which setting explains how much of the difference.
            --list shows what is known: all scores, or those that --as, --task and --quantization select.
            The exit code is 16 if a score differs, 10 if none can be compared, 6 if documents errored, and else 0.

            Examples:
              {Invocation.Command} reproduce --model models/llama-3.1-8b-instruct --as llama-3.1-8b-instruct --task gsm8k --margin 3
              {Invocation.Command} reproduce --model models/llama-3.2-1b-spinquant --as llama-3.2-1b-instruct --quantization spinquant
              {Invocation.Command} reproduce --list --as phi-4-mini-instruct
            """);
        foreach (Option option in reproduce.Own.Concat(reproduce._options.All))
            command.Options.Add(option);
        command.SetAction((parsed, cancellationToken) => reproduce.RunAsync(parsed, output, error, cancellationToken));
        return command;
    }

    private Option[] Own =>
        [_list, _as, _benchmarks, _quantization, _margin, _registry, _output, _download, _noLadder, _json];

    private async Task<int> RunAsync(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var registry = PublishedScores.Read(parsed.GetValue(_registry));
        if (parsed.GetValue(_list))
            return await ListAsync(registry, parsed, output).ConfigureAwait(false);
        string name = parsed.GetValue(_as) ?? throw new EvalException(
            ExitCode.Usage,
            $"--as is missing: the model's name in the published scores; '{Invocation.Command} reproduce --list' shows them");
        RunOptions common = _options.ReadWhole(parsed);
        TaskCatalog catalog = TaskCatalog.Load(common.IncludePaths);
        PublishedScore[] selected = Selection(registry, parsed).OfModel(name, parsed.GetValue(_quantization));
        CheckOwn(registry, selected, catalog, parsed);
        string folder = parsed.GetValue(_output) ?? Path.Combine("results", "reproduce", name);
        var attempts = new List<ReproductionAttempt>();
        var finished = new Dictionary<string, RunFolder>();
        bool areErrored = false;
        foreach (PublishedScore score in selected)
        {
            if (registry.ProtocolOf(score) is not { } protocol)
            {
                attempts.Add(new ReproductionAttempt(score, null, score.WhyNot));
                continue;
            }

            if (!protocol.IsIn(catalog))
            {
                attempts.Add(new ReproductionAttempt(
                    score, null, $"needs the task {protocol.Tasks}, which is not built in; {PublishedProtocol.WhereTasksAre}"));
                continue;
            }

            if (!finished.TryGetValue(protocol.Id, out RunFolder? run))
            {
                string path = Path.Combine(folder, protocol.Id);
                (int code, run) = await MeasureAsync(parsed, common, protocol, path, error, cancellationToken).ConfigureAwait(false);
                if (code is not ((int)ExitCode.Success or (int)ExitCode.SamplesErrored))
                    return code;
                areErrored |= code == (int)ExitCode.SamplesErrored;
                finished[protocol.Id] = run;
            }

            attempts.Add(new ReproductionAttempt(score, run));
        }

        IReadOnlyList<Reproduction> reproductions = Reproduction.Of(registry, attempts, parsed.GetValue(_margin));
        bool isJson = parsed.GetValue(_json);
        // The verdicts are there, and a ladder may take hours.
        if (!isJson)
            await output.WriteAsync(ReproductionTable.Render(registry, reproductions)).ConfigureAwait(false);
        if (!parsed.GetValue(_noLadder))
        {
            var ladder = new LadderRun(registry, common, More(parsed), Path.Combine(folder, "ladder"), error);
            reproductions = await ladder.ExplainAsync(reproductions, cancellationToken).ConfigureAwait(false);
        }

        await output.WriteAsync(isJson
            ? JsonSerializer.Serialize(reproductions, ResultsJson.Indented) + "\n"
            : LadderTable.Render(reproductions)).ConfigureAwait(false);
        return (int)(reproductions.Any(r => r.Verdict == ReproductionVerdict.Differs) ? ExitCode.NotReproduced
            : reproductions.All(r => r.Verdict == ReproductionVerdict.Incomparable) ? ExitCode.Incomparable
            : areErrored ? ExitCode.SamplesErrored
            : ExitCode.Success);
    }

    /// <summary>Arguments of each run that are no options of the run.</summary>
    private string[] More(ParseResult parsed) => parsed.GetValue(_download) ? ["--download"] : [];

    private PublishedSelection Selection(PublishedScores registry, ParseResult parsed) =>
        new(registry, parsed.GetValue(_benchmarks) ?? []);

    private static double Margin(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double margin) && margin is > 0 and <= 100)
            return margin;
        argument.AddError($"--margin {text}: expected points, above 0 and up to 100.");
        return DefaultMargin;
    }

    private async Task<int> ListAsync(PublishedScores registry, ParseResult parsed, TextWriter output)
    {
        PublishedScore[] scores = Selection(registry, parsed).All(parsed.GetValue(_as), parsed.GetValue(_quantization));
        TaskCatalog catalog = TaskCatalog.Load(_options.Read(parsed).IncludePaths);
        CheckOwn(registry, scores, catalog, parsed);
        IReadOnlyList<RegistryRow> rows = RegistryRow.Of(registry, scores, catalog);
        await output.WriteAsync(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(rows, ResultsJson.Indented) + "\n"
            : RegistryTable.Render(rows)).ConfigureAwait(false);
        return (int)ExitCode.Success;
    }

    /// <summary>Refuses, before anything is run, a file of the user's own with a protocol that reads a score that its task lacks.</summary>
    private void CheckOwn(PublishedScores registry, IEnumerable<PublishedScore> scores, TaskCatalog catalog, ParseResult parsed)
    {
        if (parsed.GetValue(_registry) is not { } file)
            return;
        foreach (PublishedProtocol protocol in scores.Select(registry.ProtocolOf).OfType<PublishedProtocol>().Where(p => p.IsIn(catalog)))
        {
            if (protocol.OtherScores(catalog) is { } given)
            {
                throw new EvalException(
                    ExitCode.Usage,
                    $"--registry {file}: protocol {protocol.Id} reads {protocol.Score}, which {protocol.Tasks} does not give; expected "
                    + $"metric and filter to be one of {string.Join(", ", given)}");
            }
        }
    }

    private Task<(int Code, RunFolder Run)> MeasureAsync(
        ParseResult parsed,
        RunOptions common,
        PublishedProtocol protocol,
        string path,
        TextWriter error,
        CancellationToken cancellationToken)
    {
        string announcement = $"{protocol.Tasks}, {protocol.NumFewshot} shots";
        return ChildRun.MeasureAsync(path, protocol.Of(common), More(parsed), announcement, error, cancellationToken);
    }
}
