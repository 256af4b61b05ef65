using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Tasks;

/// <summary>Says which requests a task makes, and which part of the responses is scored.</summary>
public enum OutputType
{
    /// <summary>The task asks for the log-likelihood of each choice, and the most likely choice is the answer.</summary>
    MultipleChoice,

    /// <summary>The task asks for the log-likelihood of the target.</summary>
    LogLikelihood,

    /// <summary>The task asks for the log-likelihood of a whole text, in windows of the model's context length.</summary>
    RollingLogLikelihood,

    /// <summary>The task asks for completions up to a stop string.</summary>
    GenerateUntil,
}

/// <summary>
/// The definition of one task, in which every default is filled in. Terms and defaults are those of lm-evaluation-harness's
/// TaskConfig; <c>where</c>, <c>grader</c>, <c>grader_command</c>, <c>judge</c>, <c>language</c> and <c>reference_solution</c> are
/// additions.
/// </summary>
public sealed record TaskDefinition
{
    public required string Name { get; init; }

    /// <summary>The name that tables show.</summary>
    public required string Alias { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The repository on the hub, or the path or format of files on this machine.</summary>
    public required string DatasetPath { get; init; }

    /// <summary>What the task says of its files; null if it says nothing.</summary>
    internal DataFiles? DatasetFiles { get; init; }

    public string? DatasetConfig { get; init; }

    /// <summary>The split that is evaluated: test_split, or validation_split if the task has no test split.</summary>
    public required string EvaluationSplit { get; init; }

    /// <summary>
    /// The values that columns must have for a row to be used. A list means that any of its items is accepted.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Where { get; init; } = new Dictionary<string, object?>();

    /// <summary>A function that changes rows or leaves them out. It is applied after <see cref="Where"/>.</summary>
    internal DocumentsFunction? ProcessDocuments { get; init; }

    /// <summary>A function that scores a document. If it is set, the default <see cref="Grader"/> is "process_results".</summary>
    internal ResultsFunction? ProcessResults { get; init; }

    public required OutputType OutputType { get; init; }

    public required TaskField DocToText { get; init; }

    public required TaskField DocToTarget { get; init; }

    public TaskField? DocToChoice { get; init; }

    public TaskField? Description { get; init; }

    public TaskField? GenerationPrefix { get; init; }

    /// <summary>The fields that are Python functions without an equivalent.</summary>
    internal FieldCode FieldCode { get; init; } = new(TaskCodeUse.Refused);

    public string TargetDelimiter { get; init; } = " ";

    public required FewShotDefinition FewShot { get; init; }

    public int NumFewShot { get; init; }

    public required GenerationOptions Generation { get; init; }

    /// <summary>The number of completions per document.</summary>
    public int Repeats { get; init; } = 1;

    /// <summary>
    /// The filter pipelines, at least one. A task without filter_list has the pipeline "none", which takes the first response.
    /// </summary>
    public required IReadOnlyList<FilterPipelineDefinition> Filters { get; init; }

    public required IReadOnlyList<MetricDefinition> Metrics { get; init; }

    /// <summary>The name of the grader in the registry.</summary>
    public required string Grader { get; init; }

    /// <summary>
    /// The program and arguments of an external grader. If they are given, the default <see cref="Grader"/> is "command".
    /// </summary>
    public IReadOnlyList<string> GraderCommand { get; init; } = [];

    /// <summary>
    /// How a model grades the completions; null where none does. If it is given, the default <see cref="Grader"/> is "model_graded".
    /// </summary>
    public JudgeDefinition? Judge { get; init; }

    /// <summary>The language of programs that are run: a name, or the path of a language file. Null means Python.</summary>
    public string? Language { get; init; }

    /// <summary>A program that passes the tests. Its running time determines the time limit.</summary>
    public TaskField? ReferenceSolution { get; init; }

    /// <summary>The value of metadata.version, or "Yaml" if the file gives none, as in lm-evaluation-harness.</summary>
    public required object Version { get; init; }

    /// <summary>The path of the file that defines the task, or "built-in " and the name of the file.</summary>
    public required string Source { get; init; }

    /// <summary>The merged definition as plain values, as results.json shows it.</summary>
    public required IReadOnlyDictionary<string, object?> Config { get; init; }

    /// <summary>The Python functions that the definition names, as it names them.</summary>
    internal IReadOnlyList<FunctionReference> Functions { get; init; } = [];

    /// <summary>The functions that run in the sandbox, because they have no equivalent here, where they stand.</summary>
    internal IEnumerable<FunctionReference> BoxedFunctions => BoxedCalls.Select(call => call.Function).Distinct();

    /// <summary>How these functions are called, in the order in which the definition names them.</summary>
    internal IReadOnlyList<BoxedCall> BoxedCalls { get; init; } = [];

    /// <summary>
    /// The SHA-256 hash of the merged definition in lower-case hexadecimal. Equal definitions have equal hashes, wherever their files
    /// are stored.
    /// </summary>
    public required string Sha256 { get; init; }

    /// <summary>Whether grading runs code that a model wrote.</summary>
    public bool RunsCode => Grader == "code_execution";

    /// <summary>The filters that answers go through. Log-likelihoods are graded as they are, under the name "none".</summary>
    internal IReadOnlyList<FilterPipelineDefinition> FiltersInEffect =>
        OutputType == OutputType.GenerateUntil ? Filters : [new FilterPipelineDefinition("none", [])];

    /// <summary>
    /// Whether its results may have a metric of this name. A grader that is not one of these may name metrics of its own, such as pass@1.
    /// </summary>
    internal bool MayGive(string metric) =>
        Metrics.Any(m => m.Name == metric) || Grader is not ("multiple_choice" or "log_likelihood" or "generation");

    /// <summary>Returns the name of a split of the task's dataset.</summary>
    public DatasetName Dataset(string split) => new(DatasetPath, DatasetConfig, split) { Files = DatasetFiles };
}

/// <summary>Says how few-shot examples are chosen.</summary>
public enum FewShotSampling
{
    /// <summary>
    /// The examples are drawn at random by one generator for all documents. It is the sampler "default" of lm-evaluation-harness.
    /// </summary>
    Random,

    /// <summary>The examples are the first documents of the split and the same for every document.</summary>
    FirstN,

    /// <summary>
    /// The examples are drawn at random by a generator whose seed follows from the document alone, so that they depend neither on the
    /// order of the documents nor on --limit. lm-evaluation-harness has no such sampler.
    /// </summary>
    PerDocument,
}

/// <summary>Says where few-shot examples come from and how they are written.</summary>
public sealed record FewShotDefinition
{
    public required FewShotSampling Sampler { get; init; }

    /// <summary>
    /// The split that examples are chosen from: fewshot_split, or else the training split, the validation split or the evaluated split.
    /// </summary>
    public required string Split { get; init; }

    /// <summary>Examples that the task file lists and that are used instead of a split, or null.</summary>
    public IReadOnlyList<Document>? Samples { get; init; }

    /// <summary>
    /// Whether the document itself could be among its examples, so that one more example is drawn and the document is left out. As in
    /// lm-evaluation-harness, this is so if fewshot_split and test_split have the same name or neither of them is given.
    /// </summary>
    public required bool ExcludesDocument { get; init; }

    /// <summary>
    /// The values that columns must have for a row to be an example, in addition to <see cref="TaskDefinition.Where"/>.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Where { get; init; } = new Dictionary<string, object?>();

    internal DocumentsFunction? ProcessDocuments { get; init; }

    public required TaskField DocToText { get; init; }

    public required TaskField DocToTarget { get; init; }

    public TaskField? DocToChoice { get; init; }

    public TaskField? GenerationPrefix { get; init; }

    /// <summary>The fields of an example that are Python functions without an equivalent.</summary>
    internal FieldCode FieldCode { get; init; } = new(TaskCodeUse.Refused);

    public required string TargetDelimiter { get; init; }

    /// <summary>The text that follows each example.</summary>
    public required string Delimiter { get; init; }

    /// <summary>The task's own fewshot_delimiter, which separates the system instruction from the description.</summary>
    public required string TaskDelimiter { get; init; }
}

/// <summary>The options of generation_kwargs. A temperature of 0 means greedy decoding even if do_sample is true.</summary>
public sealed record GenerationOptions
{
    /// <summary>The stop strings.</summary>
    public required IReadOnlyList<string> Until { get; init; }

    /// <summary>The largest number of tokens generated. The default is that of lm-evaluation-harness.</summary>
    public int MaxTokens { get; init; } = 256;

    public bool Sample { get; init; }

    public double Temperature { get; init; } = 1;

    /// <summary>The probability mass of the tokens that sampling keeps, 0 to 1. 1 keeps every token.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>The number of tokens that sampling keeps. 0 keeps every token.</summary>
    public int TopK { get; init; }

    /// <summary>
    /// The smallest probability that a token may have and be kept by sampling, as a share of the most likely token's, 0 to 1. 0 keeps every
    /// token.
    /// </summary>
    public double MinP { get; init; }

    /// <summary>
    /// By what the logits of tokens that occur in the prompt or the completion are divided if positive, and multiplied if negative.
    /// Above 0; 1 changes nothing.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>
    /// The text of the JSON schema whose form each completion must have; null for free text. An engine keeps to it, or refuses the request.
    /// A completion that its limit or a stop string cuts is the beginning of such a text.
    /// </summary>
    public string? JsonSchema { get; init; }

    public bool Greedy => !Sample || Temperature == 0;
}

/// <summary>One entry of filter_list: a named chain of filters.</summary>
public sealed record FilterPipelineDefinition(string Name, IReadOnlyList<FilterDefinition> Steps);

/// <summary>One step of a filter pipeline.</summary>
/// <param name="Function">The name of the filter.</param>
/// <param name="Options">The other keys of the step.</param>
public sealed record FilterDefinition(string Function, IReadOnlyDictionary<string, object?> Options)
{
    /// <summary>The equivalent of a filter that the file names as a Python function, or null.</summary>
    internal AnswersFunction? Equivalent { get; init; }
}

/// <summary>One entry of metric_list.</summary>
/// <param name="Name">The name of the metric in results.</param>
/// <param name="Aggregation">The name of the aggregation, or of the Python function that aggregates instead.</param>
/// <param name="HigherIsBetter">Whether higher values are better, which determines arrows in tables and the direction of gates.</param>
/// <param name="Options">The other keys of the entry, which are options of the metric.</param>
public sealed record MetricDefinition(
    string Name,
    string Aggregation,
    bool HigherIsBetter,
    IReadOnlyDictionary<string, object?> Options)
{
    /// <summary>An aggregation that the file names as a Python function, or null.</summary>
    internal AggregationFunction? Function { get; init; }

    /// <summary>The metric where the file names it as a Python function, or null.</summary>
    internal MetricFunction? Computed { get; init; }
}

/// <summary>A group of tasks that are reported together.</summary>
public sealed record TaskGroup
{
    public required string Name { get; init; }

    public required string Alias { get; init; }

    public required IReadOnlyList<GroupMember> Members { get; init; }

    /// <summary>The keys that the group sets for every task in it.</summary>
    public IReadOnlyDictionary<string, object?> Overrides { get; init; } = new Dictionary<string, object?>();

    public required IReadOnlyList<GroupMetric> Metrics { get; init; }

    public required object Version { get; init; }

    public required string Source { get; init; }
}

/// <summary>A member of a group: a task, a group or a tag.</summary>
/// <param name="Name">The name of the member.</param>
/// <param name="Overrides">
/// The keys written beside the name, which override those of the member. If no task has this name, they define a new task.
/// </param>
/// <param name="Inline">A group that is defined inside its group, or null.</param>
public sealed record GroupMember(string Name, IReadOnlyDictionary<string, object?> Overrides, TaskGroup? Inline = null);

/// <summary>One entry of aggregate_metric_list.</summary>
/// <param name="Metric">The name of the metric.</param>
/// <param name="WeightBySize">Whether tasks are weighted by their number of documents; otherwise all weights are equal.</param>
/// <param name="Filters">The names of the filter pipelines to aggregate, or null for all pipelines of the metric.</param>
public sealed record GroupMetric(string Metric, bool WeightBySize, IReadOnlyList<string>? Filters);
