using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using EvalHarness.Files;
using EvalHarness.Scoring.Metrics;

namespace EvalHarness.Results;

/// <summary>
/// What a run was asked to do. This is the one table of options: the command line, the nightly plan and its schema, the commands that
/// start runs (<c>noise</c>, <c>reproduce</c>), <c>--resume</c> and the search for earlier runs all read it.
/// </summary>
public sealed partial record RunOptions
{
    internal const string AdapterOption = "--adapter", DeviceOption = "--device";

    private const int DefaultConcurrency = 8;

    private const double DefaultFalseAlarms = 0.05;

    [Option(
        "--model",
        "A folder with genai_config.json, a GGUF file, ORG/NAME or ORG/NAME/FOLDER@REVISION in the hub's cache, openai:URL#MODEL for a "
            + "model behind an endpoint, or replay:FILE to grade recorded responses",
        Value = "DIR", Short = "-m")]
    public required string Model { get; init; }

    /// <summary>Null for the name that the model has on the hub; a model that is only a folder has none.</summary>
    [Option(
        "--model-id",
        "What programs that read result files take for the model's name on the hub: for a folder (default: ORG/NAME of a model of the hub, "
            + "else the folder)",
        Value = "ORG/NAME")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModelId { get; init; }

    /// <summary>
    /// Files. A run has one at most, and without one it computes with the model as it is; what is started with several are several runs.
    /// </summary>
    [Option(
        AdapterOption,
        "LoRA adapters (.onnx_adapter) of the model, with commas between: runs the model as it is and with each of them, loads it once, "
            + "and compares",
        Value = "FILES", DecidesNumbers = true, IsOfOneRun = true)]
    public IReadOnlyList<string> Adapters { get; init; } = [];

    [Option(
        "--tasks",
        "Names, groups, tags, globs, or paths of task files such as ./my.yaml, separated by commas",
        Value = "NAMES", Short = "-t", DecidesNumbers = true)]
    public required IReadOnlyList<string> Tasks { get; init; }

    /// <summary>None for the folder "datasets", followed by the hub's cache.</summary>
    [Option(
        "--datasets",
        "Folder that holds ORG/NAME/... as the hub does, or a cache of the hub; may be given several times (default: datasets, then the "
            + "hub's cache)",
        Value = "ROOT")]
    [JsonConverter(typeof(OneOrMore))]
    public IReadOnlyList<string> Datasets { get; init; } = [];

    [Option("--require-pinned", "Refuse shards that differ from the pinned ones, or for which no hash is pinned")]
    public bool RequirePinned { get; init; }

    /// <summary>A number of documents, 1 or more; below 1, the share of each task's documents, rounded up to a whole number.</summary>
    [Option(
        "--limit",
        "Only the first N documents of each task; below 1, that share of them, such as 0.1",
        Value = "N", DecidesNumbers = true)]
    public double? Limit { get; init; }

    [Option(
        "--samples",
        "Only these documents of a task, by index: a file with JSON, or the JSON: {\"gsm8k\": [0, 17]}",
        Value = "FILE|JSON", Forms = ["object"], DecidesNumbers = true)]
    public string? Samples { get; init; }

    /// <summary>"K/N" for part K of N; null for the whole run. See <see cref="RunPart"/>.</summary>
    [Option(
        "--shard",
        "Only part K of N equal parts of the run; 'merge' joins them to the run that one process would have made",
        Value = "K/N", IsOfOneRun = true)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Shard { get; init; }

    /// <summary>Points (hundredths) as the user wrote them; null to ask all documents.</summary>
    [Option(
        "--decide",
        "Stop a task or group as soon as it is known whether it lost more than so many points against the run of --against",
        Value = "POINTS", DecidesNumbers = true, IsOfOneRun = true)]
    public string? Decide { get; init; }

    [Option(
        "--against",
        "Finished run over the same documents, with which --decide compares",
        Value = "DIR", DecidesNumbers = true, IsOfOneRun = true)]
    public string? Against { get; init; }

    [Option(
        "--flips-from",
        "Earlier run over the same documents; --decide asks first what it answered otherwise than the run of --against; may be given "
            + "several times",
        Value = "DIR", DecidesNumbers = true, IsOfOneRun = true)]
    public IReadOnlyList<string> FlipsFrom { get; init; } = [];

    /// <summary>A share as the user wrote it; null for <see cref="DefaultFalseAlarms"/>.</summary>
    [Option(
        "--false-alarms",
        "Of --decide: the largest probability that any of its verdicts is wrong (default: 0.05)",
        Value = "SHARE", DecidesNumbers = true, IsOfOneRun = true)]
    public string? FalseAlarms { get; init; }

    [Option(
        "--decide-seed",
        "Of --decide: draws the order of the documents (default: 0)",
        Value = "N", DecidesNumbers = true, IsOfOneRun = true)]
    public long DecideSeed { get; init; }

    [Option("--num-fewshot", "Shots per prompt (default: each task's own)", Value = "N", DecidesNumbers = true)]
    [Range(0, int.MaxValue)]
    public int? NumFewShot { get; init; }

    [Option(
        DeviceOption,
        "cpu, cuda or directml; there is no fallback (default: cpu); cuda:N for one of several GPUs, by its number from 0",
        Value = "DEVICE", Words = ["cpu", "cuda", "directml"], DecidesNumbers = true)]
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// The numbers of the devices, from 0; none where the runtime takes the first. They are no part of what a run's files say that it was
    /// asked: which one of equal devices computed a number decides nothing.
    /// </summary>
    [JsonIgnore]
    internal IReadOnlyList<int> DeviceIds { get; init; } = [];

    /// <summary>One number for all, or four: see <see cref="RunSeeds"/>. The default draws the reference's shots.</summary>
    [Option(
        "--seed",
        "One seed for all, or lm-eval's four (python, numpy, torch, few-shot) with commas between: the fourth draws the shots, the third "
            + "the sampled tokens, and the first two seed random and NumPy for a task's own Python; None keeps a default (default: 1234, "
            + "with 0 for python)",
        Value = "N", Forms = ["integer", "array"], DecidesNumbers = true)]
    [JsonConverter(typeof(NumberOrTextConverter))]
    public string Seed { get; init; } = RunSeeds.Default;

    [Option(
        "--gen-kwargs",
        "Settings of generation for all tasks, over each task's own: KEY=VALUE,... such as "
            + "do_sample=true,temperature=0.7",
        Value = "SETTINGS", Forms = ["object"], DecidesNumbers = true)]
    public string? GenerationSettings { get; init; }

    /// <summary>A JSON object; null for none. Graders see it, so that it can decide numbers.</summary>
    [Option(
        "--metadata",
        "Joins the metadata of every task and group, over its own: a JSON object, or KEY=VALUE,...",
        Value = "JSON", Forms = ["object"], DecidesNumbers = true)]
    public string? Metadata { get; init; }

    /// <summary>Null where no task of the run is graded by a model.</summary>
    [Option(
        "--judge",
        "Model that grades the tasks with grader model_graded: anything that --model takes; replay:RUN/judge.jsonl grades again with the "
            + "judge's recorded answers",
        Value = "MODEL", DecidesNumbers = true)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Judge { get; init; }

    [Option("--include-path", "Folder with task files of your own, or one task file", Value = "PATH")]
    public IReadOnlyList<string> IncludePaths { get; init; } = [];

    [Option("--plugin", "Assembly with graders or engines of your own", Value = "DLL")]
    public IReadOnlyList<string> Plugins { get; init; } = [];

    [Option("--allow-code-execution", "Run code that the model wrote, in a sandbox")]
    public bool AllowCodeExecution { get; init; }

    [Option("--allow-task-code", "Run the Python that task files name and that has no equivalent here, in a sandbox without network")]
    public bool AllowTaskCode { get; init; }

    [Option(
        "--sandbox",
        "Where such code runs: auto (the first that works), bwrap, unshare, container, container:IMAGE, or none (default: "
            + "auto)",
        Value = "NAME")]
    public string Sandbox { get; init; } = "auto";

    [Option("--confirm-run-unsafe-code", "For --sandbox none: nothing then keeps that code from your files and network")]
    public bool ConfirmRunUnsafeCode { get; init; }

    /// <summary>"true" for the model's default template, the name of another one of its templates, or null for none.</summary>
    [Option(
        "--apply-chat-template",
        "Write prompts as conversations in the model's own template; with NAME, in that one of its templates",
        Value = "NAME", ValueIsOptional = true, Forms = ["boolean"], DecidesNumbers = true)]
    [JsonPropertyName("apply_chat_template")]
    [JsonConverter(typeof(SwitchOrTextConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? ChatTemplate { get; init; }

    [JsonIgnore]
    public bool ApplyChatTemplate
    {
        get => ChatTemplate is not null;
        init => ChatTemplate = value ? ChatTemplate ?? SwitchOrTextConverter.On : null;
    }

    /// <summary>The template of the model that prompts are written in; null for the default one.</summary>
    [JsonIgnore]
    public string? ChatTemplateName => ChatTemplate is SwitchOrTextConverter.On ? null : ChatTemplate;

    /// <summary>A JSON object with its keys in order; null for none.</summary>
    [Option(
        "--chat-template-kwargs",
        "Variables for the chat template: a JSON object such as {\"reasoning_effort\": \"low\"}",
        Value = "JSON", Forms = ["object"], DecidesNumbers = true)]
    public string? ChatTemplateArguments { get; init; }

    /// <summary>Null for the template's own default. It wins over the same variable of <see cref="ChatTemplateArguments"/>.</summary>
    [Option(
        "--enable-thinking",
        "The chat template's variable enable_thinking (default: the template decides)",
        Value = "BOOL", DecidesNumbers = true)]
    public bool? EnableThinking { get; init; }

    /// <summary>A text, the id of a token, or "none"; null for what the model's tokenizer has.</summary>
    [Option(
        "--think-end-token",
        "What ends the reasoning in a completion, which is kept apart and not graded: a text such as </think>, the id of a token, or none "
            + "(default: the end marker that the model's tokenizer has)",
        Value = "TEXT|ID", DecidesNumbers = true)]
    public string? ThinkEndToken { get; init; }

    /// <summary>Completions of each document; null for each task's own number.</summary>
    [Option(
        "--repeats",
        "Completions of each document, each with a seed of its own; where a task's filters take the first one, each is graded and their "
            + "mean is the document's score (default: each task's own number)",
        Value = "N", DecidesNumbers = true)]
    [Range(1, 10_000)]
    public int? Repeats { get; init; }

    /// <summary>As yyyy-MM-dd; null for the day of the run.</summary>
    [Option(
        "--template-date",
        "The day that a chat template sees as today, if it writes one: YYYY-MM-DD (default: today; a resumed run keeps its day, and a "
            + "plan has the same day every night)",
        Value = "DATE", DecidesNumbers = true)]
    public string? TemplateDate { get; init; }

    [Option("--system-instruction", "Stands before the task's description", Value = "TEXT", DecidesNumbers = true)]
    public string? SystemInstruction { get; init; }

    /// <summary>Null for true. It has an effect only with a chat template.</summary>
    [Option(
        "--fewshot-as-multiturn",
        "With a chat template: each shot a turn of its own (default: true)",
        Value = "BOOL", ValueIsOptional = true, DecidesNumbers = true)]
    public bool? FewShotAsMultiturn { get; init; }

    [Option(
        "--truncation",
        "What becomes of prompts that are too long: error, or left to cut their beginning off as lm-eval's hf backend "
            + "does (default: error)",
        Value = "HOW", Words = ["error", "left"], DecidesNumbers = true)]
    public string Truncation { get; init; } = "error";

    /// <summary>Null for what the model's tokenizer does.</summary>
    [Option(
        "--add-bos-token",
        "Begin prompts with the beginning-of-text token (default: as the model's tokenizer does)",
        Value = "BOOL", DecidesNumbers = true)]
    public bool? AddBosToken { get; init; }

    [Option(
        "--tokenizer",
        "auto for the model's tokenizer.json, or genai for the runtime's own tokenizer, whose ids differ for many models (default: auto, "
            + "which is genai where there is no tokenizer.json); for an endpoint auto for the server's own, or the tokenizer.json of its "
            + "model, a folder with it, or ORG/NAME in the hub's cache",
        Value = "NAME|PATH", DecidesNumbers = true)]
    public string Tokenizer { get; init; } = AutoTokenizer;

    [Option(
        "--bootstrap-iters",
        "Draws for standard errors of metrics that are no means, 0 for no standard errors; where rows x draws pass a thousand million,"
            + " f1 and mcc are drawn by counts and others less often (default: 100000)",
        Value = "N", DecidesNumbers = true)]
    [Range(0, int.MaxValue)]
    public int BootstrapIterations { get; init; } = CorpusMetric.DefaultBootstrapIterations;

    /// <summary>Null to choose by measured rates.</summary>
    [Option(
        "--batch-size",
        "Greedy completions generated together, 1 to 32, or auto to choose by measured rates between batches and shared"
            + " prefixes (default: 1 on cpu, where no number then hangs on a measurement; elsewhere auto)",
        Value = "N", NullWord = "auto", DecidesNumbers = true)]
    [Range(1, 32)]
    public int? BatchSize { get; init; }

    /// <summary>Numbers do not depend on it, except where a kernel of the runtime rounds differently with other threads.</summary>
    [Option("--workers", "Sequences computed side by side, each with its share of the cores: for small models (default: 1)", Value = "N")]
    [Range(1, 1024)]
    public int Workers { get; init; } = 1;

    [Option("--threads", "Threads of all workers together (default: one per core)", Value = "N")]
    [Range(1, int.MaxValue)]
    public int? Threads { get; init; }

    /// <summary>Only endpoints are on other machines; everything else that a run asks for is here.</summary>
    [Option("--allow-network", "Send the prompts to an endpoint on another machine; this machine's own endpoints need no permission")]
    public bool AllowNetwork { get; init; }

    /// <summary>The name of a variable, never a key; null for OPENAI_API_KEY.</summary>
    [Option(
        "--api-key-from",
        "Environment variable that holds the endpoint's key (default: OPENAI_API_KEY, if it is set)",
        Value = "NAME")]
    public string? ApiKeyFrom { get; init; }

    [Option("--concurrency", "Requests that an endpoint gets at once, 1 to 1024 (default: 8)", Value = "N")]
    [Range(1, 1024)]
    public int Concurrency { get; init; } = DefaultConcurrency;

    /// <summary>Seconds; a server sends nothing while a model thinks.</summary>
    [Option(
        "--request-timeout",
        "Seconds in which an endpoint must have answered a request completely, before the request is repeated (default: 600)",
        Value = "SECONDS")]
    [Range(1, 86400)]
    public int RequestTimeout { get; init; } = 600;

    [Option(
        "--prices",
        "YAML file with what models cost, as gap reads it; results then say what the run cost",
        Value = "FILE")]
    public string? Prices { get; init; }

    /// <summary>An amount in the currency of <see cref="Prices"/>, for all starts of the run together; null for no limit.</summary>
    [Option(
        "--max-cost",
        "Stop before the endpoint's price goes over this, in the currency of --prices; all starts of a run count together",
        Value = "AMOUNT", Forms = ["number"])]
    public string? MaxCost { get; init; }

    [Option("--max-length", "Tokens of prompt and completion (default: the model's context)", Value = "N", DecidesNumbers = true)]
    [Range(2, int.MaxValue)]
    public int? MaxLength { get; init; }

    [Option("--no-prefix-reuse", "Compute every prompt from its first token: slower, for checking", DecidesNumbers = true)]
    public bool NoPrefixReuse { get; init; }

    [Option(
        "--predict-only",
        "Save the answers and grade nothing: the run has samples and no metrics, and runs no code that the model wrote",
        DecidesNumbers = true)]
    public bool PredictOnly { get; init; }

    [Option(
        "--lm-eval-output",
        "Also write results_*.json and samples_*.jsonl in the format of lm-evaluation-harness into this folder",
        Value = "DIR")]
    public string? LmEvalOutput { get; init; }
}
