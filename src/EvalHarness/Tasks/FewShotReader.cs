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
    RowFunction? ProcessDocuments);

/// <summary>Reads the key fewshot_config of a task file.</summary>
internal static class FewShotReader
{
    private static readonly HashSet<string> Keys =
    [
        "sampler", "split", "samples", "process_docs", "doc_to_text", "doc_to_target", "doc_to_choice", "gen_prefix",
        "fewshot_delimiter", "target_delimiter", "where",
    ];

    internal static FewShotDefinition Read(TaskFile file, FewShotDefaults defaults)
    {
        IReadOnlyDictionary<string, object?> config = TaskReader.Map(file, "fewshot_config");
        string place = file.Place("fewshot_config");
        foreach (string key in config.Keys.Where(k => !Keys.Contains(k)))
            throw file.Error("fewshot_config", $"no such key '{key}'; known are {string.Join(", ", Keys)}");
        string? written = config.GetValueOrDefault("split") as string ?? TaskReader.Text(file, "fewshot_split");
        string? Written(string key) => config.GetValueOrDefault(key) as string;
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
            Samples = written is null ? Samples(file, config) : null,
            ExcludesDocument = written == defaults.TestSplit,
            Where = config.GetValueOrDefault("where") switch
            {
                null => new Dictionary<string, object?>(),
                IReadOnlyDictionary<string, object?> where => where,
                _ => throw file.Error("fewshot_config", "where: expected a map of column and value"),
            },
            ProcessDocuments = config.GetValueOrDefault("process_docs") is FunctionReference function
                ? TaskReader.Resolve<RowFunction>(function, place)
                : defaults.ProcessDocuments,
            DocToText = TaskReader.Field(config, "doc_to_text", place) ?? defaults.DocToText,
            DocToTarget = TaskReader.Field(config, "doc_to_target", place) ?? defaults.DocToTarget,
            DocToChoice = TaskReader.Field(config, "doc_to_choice", place) ?? defaults.DocToChoice,
            GenerationPrefix = TaskReader.Field(config, "gen_prefix", place) ?? TaskReader.Field(file, "gen_prefix"),
            TargetDelimiter = Written("target_delimiter") ?? TaskReader.Text(file, "target_delimiter") ?? " ",
            Delimiter = Written("fewshot_delimiter") ?? defaults.Delimiter,
            TaskDelimiter = defaults.Delimiter,
        };
    }

    private static IReadOnlyList<Document>? Samples(TaskFile file, IReadOnlyDictionary<string, object?> config) =>
        config.GetValueOrDefault("samples") switch
        {
            null => null,
            IReadOnlyList<object?> list when list.All(s => s is IReadOnlyDictionary<string, object?>) =>
                [.. list.Select(s => new Document((IReadOnlyDictionary<string, object?>)s!))],
            FunctionReference function => PythonSamples.Read(function, file.Place("fewshot_config")),
            _ => throw file.Error("fewshot_config", "samples: expected a list of documents"),
        };
}
