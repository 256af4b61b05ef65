using EvalHarness.Documents;

namespace EvalHarness.Tasks;

/// <summary>fewshot_config, whose keys fall back on the task's own.</summary>
internal static class FewShotReader
{
    private static readonly HashSet<string> Keys =
        ["sampler", "split", "samples", "doc_to_text", "doc_to_target", "doc_to_choice", "gen_prefix", "fewshot_delimiter", "target_delimiter"];

    internal static FewShotDefinition Read(TaskFile file, TaskField docToText, TaskField docToTarget, TaskField? docToChoice, string delimiter)
    {
        IReadOnlyDictionary<string, object?> config = TaskReader.Map(file, "fewshot_config");
        string place = file.Place("fewshot_config");
        foreach (string key in config.Keys.Where(k => !Keys.Contains(k)))
            throw file.Error("fewshot_config", $"no such key '{key}'; known are {string.Join(", ", Keys)}");
        string sampler = config.GetValueOrDefault("sampler") as string ?? "default";
        if (sampler is not ("default" or "first_n"))
            throw file.Error("fewshot_config", $"sampler '{sampler}' is not known; expected default or first_n");
        return new FewShotDefinition
        {
            Sampler = sampler,
            Split = config.GetValueOrDefault("split") as string ?? TaskReader.Text(file, "fewshot_split")
                ?? TaskReader.Text(file, "training_split") ?? TaskReader.Text(file, "validation_split"),
            Samples = Samples(file, config),
            DocToText = TaskReader.Field(config, "doc_to_text", place) ?? docToText,
            DocToTarget = TaskReader.Field(config, "doc_to_target", place) ?? docToTarget,
            DocToChoice = TaskReader.Field(config, "doc_to_choice", place) ?? docToChoice,
            GenerationPrefix = TaskReader.Field(config, "gen_prefix", place) ?? TaskReader.Field(file, "gen_prefix"),
            TargetDelimiter = config.GetValueOrDefault("target_delimiter") as string ?? TaskReader.Text(file, "target_delimiter") ?? " ",
            Delimiter = config.GetValueOrDefault("fewshot_delimiter") as string ?? delimiter,
        };
    }

    private static List<Document>? Samples(TaskFile file, IReadOnlyDictionary<string, object?> config) => config.GetValueOrDefault("samples") switch
    {
        null => null,
        IReadOnlyList<object?> list when list.All(s => s is IReadOnlyDictionary<string, object?>) =>
            [.. list.Select(s => new Document((IReadOnlyDictionary<string, object?>)s!))],
        FunctionReference function => throw file.Error("fewshot_config", $"samples: !function {function.Name} is Python; there is no equivalent of it here"),
        _ => throw file.Error("fewshot_config", "samples: expected a list of documents"),
    };
}
