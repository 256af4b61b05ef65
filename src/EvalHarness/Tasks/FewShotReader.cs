using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Tasks;

/// <summary>The values of a task's own keys, which are the defaults for the keys of fewshot_config.</summary>
internal sealed record FewShotDefaults(
    TaskField DocToText,
    TaskField DocToTarget,
    TaskField? DocToChoice,
    string Delimiter,
    string? TestSplit,
    string EvaluationSplit,
    DocumentsFunction? ProcessDocuments);

/// <summary>Reads the key fewshot_config of a task file.</summary>
internal static class FewShotReader
{
    private static readonly HashSet<string> Keys =
    [
        "sampler", "split", "samples", "process_docs", "doc_to_text", "doc_to_target", "doc_to_choice", "gen_prefix",
        "fewshot_delimiter", "target_delimiter", "where",
    ];

    internal static FewShotDefinition Read(TaskFile file, FewShotDefaults defaults, FunctionResolver functions)
    {
        FieldCode fields = functions.Fields();
        IReadOnlyDictionary<string, object?> config = TaskReader.Map(file, "fewshot_config");
        string place = file.Place("fewshot_config");
        foreach (string key in config.Keys.Where(k => !Keys.Contains(k)))
            throw file.Error("fewshot_config", $"no such key '{key}'; known are {string.Join(", ", Keys)}");
        string? written = config.GetValueOrDefault("split") as string ?? TaskReader.Text(file, "fewshot_split");
        string? Written(string key) => config.GetValueOrDefault(key) as string;
        TaskField? Own(string key) => TaskReader.Field(config, key, place, functions, fields);
        // A function of the task is found again, so that all functions of the examples see an example together.
        TaskField? Default(string key, TaskField? field) =>
            field is { IsFunction: true } ? TaskReader.Field(file.Values, key, file.Place(key), functions, fields) : field;
        TaskField docToText = Own("doc_to_text") ?? Default("doc_to_text", defaults.DocToText)!;
        TaskField? docToChoice = Own("doc_to_choice") ?? Default("doc_to_choice", defaults.DocToChoice);
        return new FewShotDefinition
        {
            Sampler = (config.GetValueOrDefault("sampler") ?? "default") switch
            {
                "default" => FewShotSampling.Random,
                "first_n" => FewShotSampling.FirstN,
                "per_doc" => FewShotSampling.PerDocument,
                var other => throw file.Error("fewshot_config", $"sampler '{other}' is not known; expected default, first_n or per_doc"),
            },
            Split = written
                ?? TaskReader.Text(file, "training_split")
                ?? TaskReader.Text(file, "validation_split")
                ?? defaults.EvaluationSplit,
            Samples = written is null ? Samples(file, config, functions) : null,
            ExcludesDocument = written == defaults.TestSplit,
            Where = config.GetValueOrDefault("where") switch
            {
                null => new Dictionary<string, object?>(),
                IReadOnlyDictionary<string, object?> where => where,
                _ => throw file.Error("fewshot_config", "where: expected a map of column and value"),
            },
            ProcessDocuments = config.GetValueOrDefault("process_docs") is FunctionReference function
                ? functions.Documents(function, "process_docs", place)
                : defaults.ProcessDocuments,
            DocToText = docToText,
            DocToChoice = docToChoice,
            DocToTarget = Own("doc_to_target") ?? Default("doc_to_target", defaults.DocToTarget)!,
            GenerationPrefix = Own("gen_prefix")
                ?? TaskReader.Field(file.Values, "gen_prefix", file.Place("gen_prefix"), functions, fields),
            FieldCode = fields,
            TargetDelimiter = Written("target_delimiter") ?? TaskReader.Text(file, "target_delimiter") ?? " ",
            Delimiter = Written("fewshot_delimiter") ?? defaults.Delimiter,
            TaskDelimiter = defaults.Delimiter,
        };
    }

    private static IReadOnlyList<Document>? Samples(
        TaskFile file, IReadOnlyDictionary<string, object?> config, FunctionResolver functions) =>
        config.GetValueOrDefault("samples") switch
        {
            null => null,
            IReadOnlyList<object?> list when list.All(s => s is IReadOnlyDictionary<string, object?>) =>
                [.. list.Select(s => new Document((IReadOnlyDictionary<string, object?>)s!))],
            FunctionReference function => functions.Samples(function, file.Place("fewshot_config")),
            _ => throw file.Error("fewshot_config", "samples: expected a list of documents"),
        };
}
