using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Tasks;

/// <summary>How a task's requests are made and what of the engine's response is scored.</summary>
public enum OutputType
{
    /// <summary>One log-likelihood per choice; the likeliest is the answer.</summary>
    MultipleChoice,

    /// <summary>One log-likelihood of the target.</summary>
    LogLikelihood,

    /// <summary>The log-likelihood of a whole text, in windows of the model's context.</summary>
    RollingLogLikelihood,

    /// <summary>A completion up to a stop string.</summary>
    GenerateUntil,
}

/// <summary>
/// One task, with every default filled in. The words and defaults are those of lm-evaluation-harness's TaskConfig; <c>where</c>,
/// <c>grader</c> and <c>grader_command</c> are our own.
/// </summary>
public sealed record TaskDefinition
{
    public required string Name { get; init; }

    /// <summary>Shown in tables instead of the name.</summary>
    public required string Alias { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public required string DatasetPath { get; init; }

    public string? DatasetConfig { get; init; }

    /// <summary>The split that is evaluated: test_split, or validation_split where a task has no test split.</summary>
    public required string EvaluationSplit { get; init; }

    /// <summary>Only rows whose columns have these values.</summary>
    public IReadOnlyDictionary<string, object?> Where { get; init; } = new Dictionary<string, object?>();

    /// <summary>Changes or leaves out rows, after <see cref="Where"/>.</summary>
    public RowFunction? ProcessDocuments { get; init; }

    /// <summary>Scores a document by itself; then <see cref="Grader"/> is "process_results".</summary>
    public ResultsFunction? ProcessResults { get; init; }

    public required OutputType OutputType { get; init; }

    public required TaskField DocToText { get; init; }

    public required TaskField DocToTarget { get; init; }

    public TaskField? DocToChoice { get; init; }

    public TaskField? Description { get; init; }

    public TaskField? GenerationPrefix { get; init; }

    public string TargetDelimiter { get; init; } = " ";

    public required FewShotDefinition FewShot { get; init; }

    public int NumFewShot { get; init; }

    public required GenerationOptions Generation { get; init; }

    /// <summary>Completions per document.</summary>
    public int Repeats { get; init; } = 1;

    /// <summary>At least one; a task without filter_list has the pipeline "none" that takes the first response.</summary>
    public required IReadOnlyList<FilterPipelineDefinition> Filters { get; init; }

    public required IReadOnlyList<MetricDefinition> Metrics { get; init; }

    /// <summary>Name of the grader in the registry.</summary>
    public required string Grader { get; init; }

    /// <summary>Program and arguments of an external grader; with it <see cref="Grader"/> is "command".</summary>
    public IReadOnlyList<string> GraderCommand { get; init; } = [];

    /// <summary>Of programs that are run: a name, or the path of a language's file; null for Python.</summary>
    public string? Language { get; init; }

    /// <summary>A program that passes, whose time the time limit is taken from.</summary>
    public TaskField? ReferenceSolution { get; init; }

    /// <summary>metadata.version as written, or "Yaml" when the file gives none (the reference's word for it).</summary>
    public required object Version { get; init; }

    /// <summary>File that defines the task; built-in ones have no folder.</summary>
    public required string Source { get; init; }

    /// <summary>The merged definition as plain values, as results.json shows it.</summary>
    public required IReadOnlyDictionary<string, object?> Config { get; init; }

    /// <summary>Python functions that the definition names, all of which have an equivalent here.</summary>
    public IReadOnlyList<FunctionReference> Functions { get; init; } = [];

    /// <summary>SHA-256 of the merged definition, lower-case hexadecimal: equal for equal tasks wherever the files lie.</summary>
    public required string Sha256 { get; init; }

    /// <summary>True where answering runs code that a model wrote.</summary>
    public bool RunsCode => Grader == "code_execution";

    public DatasetName Dataset(string split) => new(DatasetPath, DatasetConfig, split);
}

/// <summary>How shots are chosen.</summary>
public enum FewShotSampling
{
    /// <summary>The reference's "default": drawn at random by one generator, document after document.</summary>
    Random,

    /// <summary>The first ones, the same for every document.</summary>
    FirstN,

    /// <summary>Our own: drawn at random by a generator of the document alone, so that neither order nor --limit matter.</summary>
    PerDocument,
}

/// <summary>Where shots come from and how they are written.</summary>
public sealed record FewShotDefinition
{
    public required FewShotSampling Sampler { get; init; }

    /// <summary>fewshot_split, else the training split, else the validation split, else the one that is evaluated.</summary>
    public required string Split { get; init; }

    /// <summary>Shots written into the task file instead of a split.</summary>
    public IReadOnlyList<Document>? Samples { get; init; }

    /// <summary>
    /// The document itself may be among the shots: one more is drawn and the document left out. As in the reference this is
    /// decided by the names written: the shots' split against test_split, where two that are not written are the same.
    /// </summary>
    public required bool ExcludesDocument { get; init; }

    /// <summary>Rows of the split that may be shots, as <see cref="TaskDefinition.Where"/>; on top of the task's own.</summary>
    public IReadOnlyDictionary<string, object?> Where { get; init; } = new Dictionary<string, object?>();

    public RowFunction? ProcessDocuments { get; init; }

    public required TaskField DocToText { get; init; }

    public required TaskField DocToTarget { get; init; }

    public TaskField? DocToChoice { get; init; }

    public TaskField? GenerationPrefix { get; init; }

    public required string TargetDelimiter { get; init; }

    /// <summary>Behind each shot.</summary>
    public required string Delimiter { get; init; }

    /// <summary>The task's own fewshot_delimiter: between system instruction and description.</summary>
    public required string TaskDelimiter { get; init; }
}

/// <summary>generation_kwargs. A temperature of 0 is greedy, whatever do_sample says.</summary>
public sealed record GenerationOptions
{
    public required IReadOnlyList<string> Until { get; init; }

    /// <summary>Tokens; the reference's default.</summary>
    public int MaxTokens { get; init; } = 256;

    public bool Sample { get; init; }

    public double Temperature { get; init; } = 1;

    /// <summary>1 keeps every token.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>0 keeps every token.</summary>
    public int TopK { get; init; }

    public bool Greedy => !Sample || Temperature == 0;
}

/// <summary>A named chain of filters, each with its options, as one entry of filter_list.</summary>
public sealed record FilterPipelineDefinition(string Name, IReadOnlyList<FilterDefinition> Steps);

/// <param name="Function">Its name.</param>
/// <param name="Options">The other keys.</param>
/// <param name="Equivalent">Of a filter that the file names as Python.</param>
public sealed record FilterDefinition(string Function, IReadOnlyDictionary<string, object?> Options, AnswersFunction? Equivalent = null);

/// <summary>One entry of metric_list; what is no key of its own is an option of the metric.</summary>
/// <param name="Name">As results show it.</param>
/// <param name="Aggregation">Name of the aggregation, or of the function that stands in for one.</param>
/// <param name="HigherIsBetter">For arrows and gates.</param>
/// <param name="Options">The other keys.</param>
/// <param name="Function">An aggregation that the file names as Python.</param>
public sealed record MetricDefinition(string Name, string Aggregation, bool HigherIsBetter, IReadOnlyDictionary<string, object?> Options, AggregationFunction? Function = null);

/// <summary>Tasks reported together.</summary>
public sealed record TaskGroup
{
    public required string Name { get; init; }

    public required string Alias { get; init; }

    public required IReadOnlyList<GroupMember> Members { get; init; }

    /// <summary>Keys of the group that every task in it takes over.</summary>
    public IReadOnlyDictionary<string, object?> Overrides { get; init; } = new Dictionary<string, object?>();

    public required IReadOnlyList<GroupMetric> Metrics { get; init; }

    public required object Version { get; init; }

    public required string Source { get; init; }
}

/// <summary>A task, group or tag in a group.</summary>
/// <param name="Name">Of the member.</param>
/// <param name="Overrides">Keys written beside the name; for a name that is not known they are the task.</param>
/// <param name="Inline">A group that is written here and nowhere else.</param>
public sealed record GroupMember(string Name, IReadOnlyDictionary<string, object?> Overrides, TaskGroup? Inline = null);

/// <summary>One entry of aggregate_metric_list. Without a filter list every filter of the metric is aggregated.</summary>
public sealed record GroupMetric(string Metric, bool WeightBySize, IReadOnlyList<string>? Filters);
