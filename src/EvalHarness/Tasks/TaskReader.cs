using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EvalHarness.Documents;

namespace EvalHarness.Tasks;

/// <summary>Makes definitions of merged YAML documents; every key is checked, and one that is not known is an error, not a silence.</summary>
internal static class TaskReader
{
    private static readonly HashSet<string> KnownKeys =
    [
        "task", "task_alias", "tag", "dataset_path", "dataset_name", "dataset_kwargs", "training_split", "validation_split", "test_split", "fewshot_split",
        "doc_to_text", "doc_to_target", "doc_to_choice", "description", "target_delimiter", "fewshot_delimiter", "fewshot_config", "num_fewshot", "metric_list",
        "output_type", "generation_kwargs", "repeats", "filter_list", "should_decontaminate", "doc_to_decontamination_query", "gen_prefix", "metadata",
        "unsafe_code", "where", "grader", "grader_command",
    ];

    private static readonly HashSet<string> GroupKeys = ["group", "group_alias", "task", "aggregate_metric_list", "metadata", "tag"];

    internal static TaskDefinition ReadTask(TaskFile file)
    {
        foreach ((string key, object? value) in file.Values)
        {
            if (!KnownKeys.Contains(key))
                throw file.Error(key, $"no such key; known are {string.Join(", ", KnownKeys.Order(StringComparer.Ordinal))}");
            if (value is FunctionReference function)
                throw file.Error(key, $"!function {function.Name} is Python; there is no equivalent of it here");
        }

        string name = Text(file, "task") ?? throw file.Error("task", "missing; expected the task's name");
        string testSplit = Text(file, "test_split") ?? Text(file, "validation_split")
            ?? throw file.Error("test_split", $"task {name} has neither test_split nor validation_split; expected the split to evaluate");
        OutputType outputType = ReadOutputType(file);
        TaskField docToText = Field(file, "doc_to_text") ?? throw file.Error("doc_to_text", $"task {name} has none; expected a template or a column");
        TaskField docToTarget = Field(file, "doc_to_target") ?? throw file.Error("doc_to_target", $"task {name} has none; expected a template or a column");
        TaskField? docToChoice = Field(file, "doc_to_choice");
        if (outputType == OutputType.MultipleChoice && docToChoice is null)
            throw file.Error("doc_to_choice", $"task {name} is multiple_choice and has none; expected a list, a template or a column");

        string fewShotDelimiter = Text(file, "fewshot_delimiter") ?? "\n\n";
        IReadOnlyList<MetricDefinition> metrics = ReadMetrics(file, outputType);
        IReadOnlyList<string> command = TextList(file, "grader_command");
        return new TaskDefinition
        {
            Name = name,
            Alias = Text(file, "task_alias") ?? name,
            Tags = TextList(file, "tag"),
            DatasetPath = Text(file, "dataset_path") ?? throw file.Error("dataset_path", $"task {name} has none; expected ORG/NAME"),
            DatasetConfig = Text(file, "dataset_name"),
            EvaluationSplit = testSplit,
            Where = Map(file, "where"),
            OutputType = outputType,
            DocToText = docToText,
            DocToTarget = docToTarget,
            DocToChoice = docToChoice,
            Description = Field(file, "description"),
            GenerationPrefix = Field(file, "gen_prefix"),
            TargetDelimiter = Text(file, "target_delimiter") ?? " ",
            FewShot = FewShotReader.Read(file, docToText, docToTarget, docToChoice, fewShotDelimiter),
            NumFewShot = (int)(Integer(file, "num_fewshot") ?? 0),
            Generation = GenerationReader.Read(file, fewShotDelimiter),
            Repeats = (int)(Integer(file, "repeats") ?? 1),
            Filters = ReadFilters(file),
            Metrics = metrics,
            Grader = Text(file, "grader") ?? (command.Count > 0 ? "command" : DefaultGrader(outputType)),
            GraderCommand = command,
            Version = Map(file, "metadata").GetValueOrDefault("version") ?? "Yaml",
            Source = file.Source,
            Config = file.Values,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Document.ToNode(file.Values)!.ToJsonString()))),
        };
    }

    internal static TaskGroup ReadGroup(TaskFile file)
    {
        foreach (string key in file.Values.Keys.Where(k => !GroupKeys.Contains(k)))
            throw file.Error(key, $"no such key in a group; known are {string.Join(", ", GroupKeys.Order(StringComparer.Ordinal))}");
        string name = Text(file, "group")!;
        if (file.Values.GetValueOrDefault("task") is IReadOnlyList<object?> list && list.Any(m => m is not string))
            throw file.Error("task", "a task defined inside a group is not supported; expected names of tasks, groups or tags");
        return new TaskGroup
        {
            Name = name,
            Alias = Text(file, "group_alias") ?? name,
            Members = TextList(file, "task"),
            Metrics = [.. List(file, "aggregate_metric_list").Select(entry => ReadGroupMetric(file, entry))],
            Version = Map(file, "metadata").GetValueOrDefault("version") ?? "N/A",
            Source = file.Source,
        };
    }

    private static GroupMetric ReadGroupMetric(TaskFile file, object? entry)
    {
        if (entry is not IReadOnlyDictionary<string, object?> map || map.GetValueOrDefault("metric") is not string metric)
            throw file.Error("aggregate_metric_list", "expected entries with the key metric");
        if (map.GetValueOrDefault("aggregation") is { } aggregation and not "mean")
            throw file.Error("aggregate_metric_list", $"aggregation {aggregation} is not known for groups; expected mean");
        IReadOnlyList<string>? filters = map.GetValueOrDefault("filter_list") switch
        {
            null => null,
            string one => [one],
            IReadOnlyList<object?> many => [.. many.Cast<string>()],
            _ => throw file.Error("aggregate_metric_list", "filter_list: expected a name or a list of names"),
        };
        return new GroupMetric(metric, map.GetValueOrDefault("weight_by_size") is not false, filters);
    }

    private static OutputType ReadOutputType(TaskFile file) => Text(file, "output_type") switch
    {
        null or "generate_until" => OutputType.GenerateUntil,
        "multiple_choice" => OutputType.MultipleChoice,
        "loglikelihood" => OutputType.LogLikelihood,
        var other => throw file.Error("output_type", $"'{other}' is not supported; expected multiple_choice, loglikelihood or generate_until"),
    };

    private static string DefaultGrader(OutputType type) => type switch
    {
        OutputType.MultipleChoice => "multiple_choice",
        OutputType.LogLikelihood => "log_likelihood",
        _ => "exact_match",
    };

    private static MetricDefinition[] ReadMetrics(TaskFile file, OutputType type)
    {
        string[] own = ["metric", "aggregation", "higher_is_better"];
        IReadOnlyList<object?> entries = List(file, "metric_list");
        if (entries.Count == 0)
            return type == OutputType.GenerateUntil
                ? [new MetricDefinition("exact_match", "mean", true, new Dictionary<string, object?>())]
                : [new MetricDefinition("acc", "mean", true, new Dictionary<string, object?>())];
        return [.. entries.Select(entry =>
        {
            if (entry is not IReadOnlyDictionary<string, object?> map)
                throw file.Error("metric_list", "expected entries with the key metric");
            if (map.GetValueOrDefault("metric") is FunctionReference function)
                throw file.Error("metric_list", $"!function {function.Name} is Python; there is no equivalent of it here");
            string name = map.GetValueOrDefault("metric") as string ?? throw file.Error("metric_list", "an entry lacks the key metric");
            string aggregation = map.GetValueOrDefault("aggregation") as string ?? "mean";
            if (aggregation != "mean")
                throw file.Error("metric_list", $"{name}: aggregation '{aggregation}' is not supported; expected mean");
            return new MetricDefinition(name, aggregation, map.GetValueOrDefault("higher_is_better") is not false, map.Where(m => !own.Contains(m.Key)).ToDictionary());
        })];
    }

    private static IReadOnlyList<FilterPipelineDefinition> ReadFilters(TaskFile file)
    {
        IReadOnlyList<object?> entries = List(file, "filter_list");
        if (entries.Count == 0)
            return [new FilterPipelineDefinition("none", [new FilterDefinition("take_first", new Dictionary<string, object?>())])];
        return [.. entries.Select(entry =>
        {
            if (entry is not IReadOnlyDictionary<string, object?> map || map.GetValueOrDefault("name") is not string name || map.GetValueOrDefault("filter") is not IReadOnlyList<object?> steps)
                throw file.Error("filter_list", "expected entries with the keys name and filter");
            return new FilterPipelineDefinition(name, [.. steps.Select(step =>
                step is IReadOnlyDictionary<string, object?> options && options.GetValueOrDefault("function") is string function
                    ? new FilterDefinition(function, options.Where(o => o.Key != "function").ToDictionary())
                    : throw file.Error("filter_list", $"{name}: expected steps with the key function"))]);
        })];
    }

    internal static TaskField? Field(TaskFile file, string key) =>
        Field(file.Values, key, file.Place(key));

    internal static TaskField? Field(IReadOnlyDictionary<string, object?> values, string key, string place) => values.GetValueOrDefault(key) switch
    {
        null => null,
        IReadOnlyDictionary<string, object?> map => new TaskField(map.Values.ToList(), place),
        FunctionReference function => throw new EvalException(ExitCode.Task, $"{place}: !function {function.Name} is Python; there is no equivalent of it here"),
        var value => new TaskField(value, place),
    };

    internal static string? Text(TaskFile file, string key) => file.Values.GetValueOrDefault(key) switch
    {
        null => null,
        string text => text,
        var other => throw file.Error(key, $"found {Convert.ToString(other, CultureInfo.InvariantCulture)}; expected text"),
    };

    internal static long? Integer(TaskFile file, string key) => file.Values.GetValueOrDefault(key) switch
    {
        null => null,
        long number and >= 0 => number,
        var other => throw file.Error(key, $"found {Convert.ToString(other, CultureInfo.InvariantCulture)}; expected a whole number, 0 or more"),
    };

    internal static IReadOnlyDictionary<string, object?> Map(TaskFile file, string key) => file.Values.GetValueOrDefault(key) switch
    {
        null => new Dictionary<string, object?>(),
        IReadOnlyDictionary<string, object?> map => map,
        _ => throw file.Error(key, "expected a map of keys"),
    };

    private static IReadOnlyList<object?> List(TaskFile file, string key) => file.Values.GetValueOrDefault(key) switch
    {
        null => [],
        IReadOnlyList<object?> list => list,
        _ => throw file.Error(key, "expected a list"),
    };

    private static IReadOnlyList<string> TextList(TaskFile file, string key) => file.Values.GetValueOrDefault(key) switch
    {
        null => [],
        string one => [one],
        IReadOnlyList<object?> many when many.All(m => m is string) => [.. many.Cast<string>()],
        _ => throw file.Error(key, "expected text or a list of texts"),
    };
}
