using System.CommandLine;
using System.Globalization;
using EvalHarness.Results;
using EvalHarness.Scoring.Metrics;

namespace EvalHarness.Cli;

/// <summary>The options of <c>evalharness run</c>.</summary>
internal sealed class RunArguments
{
    internal Option<string[]> Models { get; } = new("--model") { Description = "A folder with genai_config.json, ORG/NAME or ORG/NAME/FOLDER@REVISION in the hub's cache, or replay:FILE to grade recorded responses; several are run in turn and compared with the first", HelpName = "DIR" };
    private readonly Option<string[]> _tasks = new("--tasks") { Description = "Names, groups, tags or globs, separated by commas", HelpName = "NAMES" };
    private readonly Option<string?> _datasets = new("--datasets") { Description = "Folder that holds ORG/NAME/CONFIG/SPLIT-*.parquet, or a cache of the hub (default: datasets, then the hub's cache)", HelpName = "ROOT" };
    private readonly Option<int?> _limit = new("--limit") { Description = "Only the first N documents of each task", HelpName = "N" };
    private readonly Option<int?> _numFewShot = new("--num-fewshot") { Description = "Shots per prompt (default: each task's own)", HelpName = "N" };
    private readonly Option<string?> _device = new("--device") { Description = "cpu, cuda or directml; there is no fallback (default: cpu)", HelpName = "DEVICE" };
    internal Option<string?> Output { get; } = new("--output") { Description = "Run folder (default: results/MODEL/UTC-TIME)", HelpName = "DIR" };
    internal Option<string?> Resume { get; } = new("--resume") { Description = "Continue the run in this folder, with its own options", HelpName = "DIR" };
    private readonly Option<long?> _seed = new("--seed") { Description = "For shots and sampling (default: 1234)", HelpName = "N" };
    private readonly Option<string[]> _includePaths = new("--include-path") { Description = "Folder with task files of your own", HelpName = "DIR" };
    private readonly Option<string[]> _plugins = new("--plugin") { Description = "Assembly with graders of your own", HelpName = "DLL" };
    private readonly Option<bool> _allowCode = new("--allow-code-execution") { Description = "Run code that the model wrote, in a sandbox" };
    private readonly Option<string?> _sandbox = new("--sandbox") { Description = "Where it runs: auto (the first that works), bwrap, unshare, container, container:IMAGE, or none (default: auto)", HelpName = "NAME" };
    private readonly Option<bool> _confirmUnsafe = new("--confirm-run-unsafe-code") { Description = "For --sandbox none: nothing then keeps that code from your files and network" };
    private readonly Option<string?> _batchSize = new("--batch-size") { Description = "Greedy completions generated together, 1 to 32, or auto to choose by measured rates between batches and shared prefixes (default: 1 on cpu, where no number then hangs on a measurement; elsewhere auto)", HelpName = "N" };
    private readonly Option<int?> _workers = new("--workers") { Description = "Sequences computed side by side, each with its share of the cores: for small models (default: 1)", HelpName = "N" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads of all workers together (default: one per core)", HelpName = "N" };
    private readonly Option<int?> _maxLength = new("--max-length") { Description = "Tokens of prompt and completion (default: the model's context)", HelpName = "N" };
    private readonly Option<bool> _applyChatTemplate = new("--apply-chat-template") { Description = "Write prompts as conversations in the model's own template" };
    private readonly Option<string?> _systemInstruction = new("--system-instruction") { Description = "Stands before the task's description", HelpName = "TEXT" };
    private readonly Option<bool?> _multiturn = new("--fewshot-as-multiturn") { Description = "With a chat template: each shot a turn of its own (default: true)", HelpName = "BOOL" };
    private readonly Option<string?> _truncation = new("--truncation") { Description = "What becomes of prompts that are too long: error, or left to cut their beginning off as lm-eval's hf backend does (default: error)", HelpName = "HOW" };
    private readonly Option<bool?> _addBosToken = new("--add-bos-token") { Description = "Begin prompts with the beginning-of-text token (default: as the model's tokenizer does)", HelpName = "BOOL" };
    private readonly Option<int?> _bootstrapIterations = new("--bootstrap-iters") { Description = "Draws for standard errors of metrics that are no means, 0 for no standard errors (default: 100000)", HelpName = "N" };
    private readonly Option<bool> _noPrefixReuse = new("--no-prefix-reuse") { Description = "Compute every prompt from its first token: slower, for checking" };
    internal Option<bool> Download { get; } = new("--download") { Description = "Fetch from the hub what is not here yet: datasets, and the model if it is named as there. Without it nothing is asked of the network" };
    internal Option<bool> Json { get; } = new("--json") { Description = "Print results.json instead of the table" };
    internal Option<bool> Quiet { get; } = new("--quiet") { Description = "No progress and no notes" };
    internal Option<string?> LmEvalOutput { get; } = new("--lm-eval-output") { Description = "Also write results_*.json and samples_*.jsonl as lm-evaluation-harness does", HelpName = "DIR" };

    internal IEnumerable<Option> All =>
    [
        Models, _tasks, _datasets, _limit, _numFewShot, _device, Output, Resume, _seed, _includePaths, _plugins, _allowCode, _sandbox, _confirmUnsafe, _applyChatTemplate, _systemInstruction,
        _multiturn, _truncation, _addBosToken, _bootstrapIterations, _batchSize, _workers, _threads, _maxLength, _noPrefixReuse, LmEvalOutput, Download, Json, Quiet,
    ];

    private static int? ReadBatchSize(string text) => text == "auto"
        ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int size)
            ? size
            : throw new EvalException(ExitCode.Usage, $"--batch-size {text}: expected 1 to 32, or auto");

    /// <summary>What the command line says, else what the resumed run said, else the default.</summary>
    internal RunOptions Read(ParseResult parsed, RunOptions? earlier)
    {
        string model = parsed.GetValue(Models) is [{ } first, ..] ? first : earlier?.Model ?? throw new EvalException(ExitCode.Usage, $"--model is missing: a folder with genai_config.json, or replay:FILE. See '{Invocation.Command} run --help'.");
        IReadOnlyList<string> tasks = parsed.GetValue(_tasks) is { Length: > 0 } given ? given : earlier?.Tasks ?? throw new EvalException(ExitCode.Usage, $"--tasks is missing: names separated by commas; '{Invocation.Command} list tasks' shows them");
        string device = parsed.GetValue(_device) ?? earlier?.Device ?? "cpu";
        if (device is not ("cpu" or "cuda" or "directml"))
            throw new EvalException(ExitCode.Usage, $"--device {device}: expected cpu, cuda or directml");
        int? shots = parsed.GetValue(_numFewShot) ?? earlier?.NumFewShot;
        if (shots < 0)
            throw new EvalException(ExitCode.Usage, $"--num-fewshot {shots}: expected 0 or more");
        string truncation = parsed.GetValue(_truncation) ?? earlier?.Truncation ?? "error";
        if (truncation is not ("error" or "left"))
            throw new EvalException(ExitCode.Usage, $"--truncation {truncation}: expected error or left");
        int iterations = parsed.GetValue(_bootstrapIterations) ?? earlier?.BootstrapIterations ?? CorpusMetric.DefaultBootstrapIterations;
        if (iterations is < 0 or 1)
            throw new EvalException(ExitCode.Usage, $"--bootstrap-iters {iterations}: expected 0, or 2 and more");
        int? threads = parsed.GetValue(_threads) ?? earlier?.Threads;
        if (threads < 1)
            throw new EvalException(ExitCode.Usage, $"--threads {threads}: expected 1 or more");
        bool chat = parsed.GetValue(_applyChatTemplate) || earlier?.ApplyChatTemplate == true;
        bool? multiturn = parsed.GetValue(_multiturn);
        if (multiturn == true && !chat)
            throw new EvalException(ExitCode.Usage, "--fewshot-as-multiturn true needs --apply-chat-template: without a template there are no turns");
        return new RunOptions
        {
            Model = model,
            Tasks = tasks,
            Datasets = parsed.GetValue(_datasets) ?? earlier?.Datasets,
            Limit = parsed.GetValue(_limit) ?? earlier?.Limit,
            NumFewShot = shots,
            Device = device,
            Seed = parsed.GetValue(_seed) ?? earlier?.Seed ?? 1234,
            IncludePaths = parsed.GetValue(_includePaths) is { Length: > 0 } paths ? paths : earlier?.IncludePaths ?? [],
            Plugins = parsed.GetValue(_plugins) is { Length: > 0 } plugins ? plugins : earlier?.Plugins ?? [],
            AllowCodeExecution = parsed.GetValue(_allowCode) || earlier?.AllowCodeExecution == true,
            Sandbox = parsed.GetValue(_sandbox) ?? earlier?.Sandbox ?? "auto",
            ConfirmRunUnsafeCode = parsed.GetValue(_confirmUnsafe) || earlier?.ConfirmRunUnsafeCode == true,
            BatchSize = parsed.GetValue(_batchSize) is { } size ? ReadBatchSize(size) : earlier is not null ? earlier.BatchSize : device == "cpu" ? 1 : null,
            Workers = parsed.GetValue(_workers) ?? earlier?.Workers ?? 1,
            Threads = threads,
            MaxLength = parsed.GetValue(_maxLength) ?? earlier?.MaxLength,
            ApplyChatTemplate = chat,
            SystemInstruction = parsed.GetValue(_systemInstruction) ?? earlier?.SystemInstruction,
            FewShotAsMultiturn = multiturn ?? earlier?.FewShotAsMultiturn ?? true,
            Truncation = truncation,
            AddBosToken = parsed.GetValue(_addBosToken) ?? earlier?.AddBosToken,
            BootstrapIterations = iterations,
            PrefixReuse = !parsed.GetValue(_noPrefixReuse) && earlier?.PrefixReuse != false,
        };
    }
}
