using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Pythonic;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Tasks;

/// <summary>
/// Turns merged YAML documents into task definitions. Every key is checked, and an unknown key is an error.
/// </summary>
internal static class TaskReader
{
    private static readonly HashSet<string> KnownKeys =
    [
        "task", "task_alias", "tag", "dataset_path", "dataset_name", "dataset_kwargs", "training_split", "validation_split",
        "test_split", "fewshot_split", "process_docs", "doc_to_text", "doc_to_target", "doc_to_choice", "process_results",
        "description", "target_delimiter", "fewshot_delimiter", "fewshot_config", "num_fewshot", "metric_list", "output_type",
        "generation_kwargs", "repeats", "filter_list", "should_decontaminate", "doc_to_decontamination_query", "gen_prefix",
        "metadata", "unsafe_code", "where", "grader", "grader_command", "judge", "language", "reference_solution",
    ];

    /// <summary>The keys of lm-evaluation-harness that are refused, with the reason.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["class"] = "a task that is a Python class cannot run here",
        ["custom_dataset"] = "a dataset made by Python cannot be read here",
        ["doc_to_audio"] = "models with audio input are not supported",
        ["doc_to_image"] = "models with image input are not supported",
        ["use_prompt"] = "prompts of promptsource are not supported",
    };

    /// <param name="file">The merged task file.</param>
    /// <param name="code">What becomes of Python functions without an equivalent.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: the definition is wrong, or a function of it is refused.</exception>
    internal static TaskDefinition ReadTask(TaskFile file, TaskCodeUse code)
    {
        var functions = new FunctionResolver(code);
        FieldCode fields = functions.Fields();
        TaskField? Field(string key) => TaskReader.Field(file.Values, key, file.Place(key), functions, fields);
        CheckKeys(file);
        string name = Text(file, "task") ?? throw file.Error("task", "missing; expected the task's name");
        string? testSplit = Text(file, "test_split");
        string evaluated = testSplit ?? Text(file, "validation_split")
            ?? throw file.Error("test_split", $"task {name} has neither test_split nor validation_split; expected the split to evaluate");
        OutputType outputType = ReadOutputType(file);
        TaskField docToText = Field("doc_to_text") ?? (outputType == OutputType.RollingLogLikelihood
            ? new TaskField("", file.Place("doc_to_text"))
            : throw file.Error("doc_to_text", $"task {name} has none; expected a template or a column"));
        CheckChoices(file);
        // In the reference a document's choices are made before its target, which can depend on what the function changes in the document.
        TaskField? docToChoice = Field("doc_to_choice");
        JudgeDefinition? judge = JudgeReader.Read(file);
        if (judge is not null && outputType != OutputType.GenerateUntil)
            throw file.Error("output_type", $"task {name} is graded by a model, which grades completions; expected generate_until");
        // A judge may know what is right without being told.
        TaskField docToTarget = Field("doc_to_target") ?? (judge is not null
            ? new TaskField("", file.Place("doc_to_target"))
            : throw file.Error("doc_to_target", $"task {name} has none; expected a template or a column"));
        if (outputType == OutputType.MultipleChoice && docToChoice is null)
            throw file.Error("doc_to_choice", $"task {name} is multiple_choice and has none; expected a list, a template or a column");

        string fewShotDelimiter = Text(file, "fewshot_delimiter") ?? "\n\n";
        DocumentsFunction? processDocuments = Function(file, "process_docs", functions.Documents);
        ResultsFunction? processResults = Function(file, "process_results", functions.Results);
        (IReadOnlyList<MetricDefinition> metrics, string grader) =
            MetricReader.Read(file, outputType, processResults is not null, functions);
        if (judge is not null)
            metrics = JudgeReader.Metrics(file, metrics);
        IReadOnlyList<string> command = TextList(file, "grader_command");
        var defaults = new FewShotDefaults(
            docToText, docToTarget, docToChoice, fewShotDelimiter, testSplit, evaluated, processDocuments);
        FewShotDefinition fewShot = FewShotReader.Read(file, defaults, functions);
        TaskDataset dataset = DatasetReader.Read(file, name, fewShot.Samples is null ? [evaluated, fewShot.Split] : [evaluated]);
        return new TaskDefinition
        {
            Name = name,
            Alias = Text(file, "task_alias") ?? name,
            Tags = TextList(file, "tag"),
            DatasetPath = dataset.Path,
            DatasetFiles = dataset.Files,
            DatasetConfig = Text(file, "dataset_name"),
            EvaluationSplit = evaluated,
            Where = Map(file, "where"),
            ProcessDocuments = processDocuments,
            ProcessResults = processResults,
            OutputType = outputType,
            DocToText = docToText,
            DocToTarget = docToTarget,
            DocToChoice = docToChoice,
            Description = Field("description"),
            GenerationPrefix = Field("gen_prefix"),
            FieldCode = fields,
            TargetDelimiter = Text(file, "target_delimiter") ?? " ",
            FewShot = fewShot,
            NumFewShot = Integer(file, "num_fewshot") ?? 0,
            Generation = GenerationReader.Read(file, fewShotDelimiter),
            Repeats = Integer(file, "repeats", low: 1) ?? 1,
            Filters = FilterReader.Read(file, functions),
            Metrics = metrics,
            Grader = Text(file, "grader") ?? (judge is not null ? JudgeReader.Grader : command.Count > 0 ? "command" : grader),
            GraderCommand = command,
            Judge = judge,
            Language = Text(file, "language"),
            ReferenceSolution = Field("reference_solution"),
            Version = Map(file, "metadata").GetValueOrDefault("version") ?? "Yaml",
            Source = file.Source,
            Config = (IReadOnlyDictionary<string, object?>)TaskFile.Shown(file.Values)!,
            Functions = [.. TaskFile.Functions(file.Values).Distinct()],
            BoxedCalls = functions.Boxed,
            Sha256 = Hash(file),
        };
    }

    private static string Hash(TaskFile file) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Document.ToNode(TaskFile.Shown(file.Values))!.ToJsonString())));

    private static void CheckKeys(TaskFile file)
    {
        foreach ((string key, object? value) in file.Values)
        {
            if (Refused.TryGetValue(key, out string? reason) && value is not null)
                throw file.Error(key, reason);
            if (!KnownKeys.Contains(key) && !Refused.ContainsKey(key))
                throw file.Error(key, $"no such key; known are {string.Join(", ", KnownKeys.Order(StringComparer.Ordinal))}");
        }
    }

    private static OutputType ReadOutputType(TaskFile file) => Text(file, "output_type") switch
    {
        null or "generate_until" => OutputType.GenerateUntil,
        "multiple_choice" => OutputType.MultipleChoice,
        "loglikelihood" => OutputType.LogLikelihood,
        "loglikelihood_rolling" => OutputType.RollingLogLikelihood,
        var other => throw file.Error(
            "output_type",
            $"'{other}' is not known; expected multiple_choice, loglikelihood, loglikelihood_rolling or generate_until"),
    };

    /// <param name="values">The keys of the task, or of fewshot_config.</param>
    /// <param name="key">The key to read.</param>
    /// <param name="place">The file, line and key.</param>
    /// <param name="functions">Finds the field if it is a function.</param>
    /// <param name="fields">The fields that see a document together.</param>
    internal static TaskField? Field(
        IReadOnlyDictionary<string, object?> values, string key, string place, FunctionResolver functions, FieldCode fields) =>
        values.GetValueOrDefault(key) switch
        {
            null => null,
            IReadOnlyDictionary<string, object?> map => new TaskField(map.Values.ToList(), place),
            FunctionReference function => new TaskField(functions.Field(function, key, place, fields), place),
            var value => new TaskField(value, place),
        };

    /// <summary>Choices that the file lists are texts, as lm-evaluation-harness demands of them when it loads a task.</summary>
    private static void CheckChoices(TaskFile file)
    {
        IEnumerable<object?> written = file.Values.GetValueOrDefault("doc_to_choice") switch
        {
            IReadOnlyList<object?> list => list,
            IReadOnlyDictionary<string, object?> map => map.Values,
            _ => [],
        };
        foreach ((int index, object? choice) in written.Index())
        {
            if (choice is not string)
            {
                throw file.Error(
                    "doc_to_choice",
                    $"choice {index} is {(choice is null ? "null" : Python.Repr(choice))}, {Python.TypeName(choice)}; "
                    + "expected text: put it in quotes (without them YAML reads yes, no, on and off as booleans, and digits as a number)");
            }
        }
    }

    private static T? Function<T>(TaskFile file, string key, Func<FunctionReference, string, string, T> find)
        where T : TaskFunction => file.Values.GetValueOrDefault(key) switch
        {
            null => null,
            FunctionReference function => find(function, key, file.Place(key)),
            _ => throw file.Error(key, "expected !function module.name"),
        };

    internal static string? Text(TaskFile file, string key) => file.Values.GetValueOrDefault(key) switch
    {
        null => null,
        string text => text,
        var other => throw file.Error(key, $"found {Convert.ToString(other, CultureInfo.InvariantCulture)}; expected text"),
    };

    private static int? Integer(TaskFile file, string key, int low = 0) => file.Values.GetValueOrDefault(key) is not { } value
        ? null
        : WholeNumber.From(value, low) ?? throw file.Error(
            key, $"found {Convert.ToString(value, CultureInfo.InvariantCulture)}; expected {WholeNumber.Expected(low)}");

    internal static IReadOnlyDictionary<string, object?> Map(TaskFile file, string key) => file.Values.GetValueOrDefault(key) switch
    {
        null => new Dictionary<string, object?>(),
        IReadOnlyDictionary<string, object?> map => map,
        _ => throw file.Error(key, "expected a map of keys"),
    };

    internal static IReadOnlyList<object?> List(TaskFile file, string key) => file.Values.GetValueOrDefault(key) switch
    {
        null => [],
        IReadOnlyList<object?> list => list,
        _ => throw file.Error(key, "expected a list"),
    };

    internal static IReadOnlyList<string> TextList(TaskFile file, string key) => file.Values.GetValueOrDefault(key) switch
    {
        null => [],
        string one => [one],
        IReadOnlyList<object?> many when many.All(m => m is string) => [.. many.Cast<string>()],
        _ => throw file.Error(key, "expected text or a list of texts"),
    };
}
