using EvalHarness.OnnxRuntimeGenAI.Runtime;
using Mono.Cecil;

namespace EvalHarness.Tests.Architecture;

/// <summary>
/// Files that this program writes are read by the records that write them; only the room Results knows their keys. JSON is looked up by
/// key in the types below alone, which read or write formats of others.
/// </summary>
public sealed class JsonUseTests
{
    private static readonly Dictionary<string, string> Others = new()
    {
        ["EvalHarness.Files.SettingsFile"] = "YAML of any shape, before it is known to fit a record",
        ["EvalHarness.Files.SettingsSchema"] = "JSON Schema, for editors",
        ["EvalHarness.Files.RecordSchema"] = "JSON Schema, for readers of files that this program writes",
        ["EvalHarness.Data.Document"] = "rows of datasets, whose columns the dataset decides",
        ["EvalHarness.Tokenizers.SpecialTokenCheck"] = "the configurations of a model's maker",
        ["EvalHarness.Data.Hub.HubConnection"] = "answers of the Hugging Face hub",
        ["EvalHarness.Tasks.TaskReader"] = "the hash of a task file, which is that of its keys and values as JSON",
        ["EvalHarness.Tasks.Functions.Languages.LanguageProfiles"] = "langdetect's profiles",
        ["EvalHarness.Tasks.JudgeReader"] = "JSON schemas, which a task's file has as keys and values",
        ["EvalHarness.Scoring.Judging.JudgeVerdict"] = "what a model that grades answers with",
        ["EvalHarness.Scoring.CommandGrader"] = "the protocol of external graders",
        ["EvalHarness.LmEval.LmEvalFolder"] = "lm-evaluation-harness's sample files",
        ["EvalHarness.LmEval.LmEvalResults"] = "lm-evaluation-harness's results files",
        ["EvalHarness.LmEval.LmEvalSamples"] = "lm-evaluation-harness's sample files",
        ["EvalHarness.Tokenizers.TokenizerPart"] = "tokenizer.json",
        ["EvalHarness.OnnxRuntimeGenAI.Inspection.ModelConfig"] = "genai_config.json",
        ["EvalHarness.OnnxRuntimeGenAI.Runtime.Guidance"] = "a task's JSON schema, with what the runtime's guidance takes in one",
        ["EvalHarness.OnnxRuntimeGenAI.Runtime.RecommendedSampling"] = "generation_config.json and genai_config.json",
        ["EvalHarness.OnnxRuntimeGenAI.Runtime.SessionSettings"] = "what is laid over genai_config.json",
        ["EvalHarness.OnnxRuntimeGenAI.Inspection.ModelInspection"] = "tokenizer_config.json",
    };

    private static readonly string[] Assemblies =
    [
        typeof(EvalException).Assembly.Location,
        typeof(GenAiRuntime).Assembly.Location,
        typeof(EvalHarness.Cli.Program).Assembly.Location,
    ];

    /// <summary>Each type outside the room Results that looks JSON up by key, or builds it key by key.</summary>
    private static IEnumerable<string> Users() =>
        from assembly in Assemblies
        from type in ModuleDefinition.ReadModule(assembly).Types
        where type.Namespace != "EvalHarness.Results"
        where TypeUses.Of(type).Any(u => u.Namespace == "System.Text.Json.Nodes") || TypeUses.Calls(type).Any(LooksUp)
        select type.FullName;

    private static bool LooksUp(MethodReference method) =>
        method.DeclaringType.FullName == "System.Text.Json.JsonElement" && method.Name is "GetProperty" or "TryGetProperty";

    [Fact]
    public void Json_IsLookedUpByKeyForFormatsOfOthersAlone() =>
        Assert.Equal(Others.Keys.Order(StringComparer.Ordinal), Users().Order(StringComparer.Ordinal));
}
