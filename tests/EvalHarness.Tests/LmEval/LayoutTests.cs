using System.Text.Json.Nodes;
using EvalHarness.Tasks;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.LmEval;

/// <summary>
/// Keys and types of <c>--lm-eval-output</c>, as programs that read lm-evaluation-harness's files look for them.
/// </summary>
/// <remarks>Source: result_schema.py of lm-evaluation-harness; which keys who reads is in docs/result-files.md.</remarks>
public sealed class LayoutTests : IDisposable
{
    private static readonly Dictionary<string, string> Top = new()
    {
        ["results"] = "map",
        ["groups"] = "map",
        ["group_subtasks"] = "map",
        ["configs"] = "map",
        ["versions"] = "map",
        ["n-shot"] = "map",
        ["higher_is_better"] = "map",
        ["n-samples"] = "map",
        ["config"] = "map",
        ["git_hash"] = "text|null",
        ["date"] = "float|whole",
        ["pretty_env_info"] = "text",
        ["transformers_version"] = "text",
        ["lm_eval_version"] = "text",
        ["upper_git_hash"] = "null",
        ["tokenizer_pad_token"] = "list",
        ["tokenizer_eos_token"] = "list",
        ["tokenizer_bos_token"] = "list",
        ["eot_token_id"] = "whole",
        ["max_length"] = "whole",
        ["model_source"] = "text",
        ["model_name"] = "text",
        ["model_name_sanitized"] = "text",
        ["system_instruction"] = "text",
        ["system_instruction_sha"] = "text",
        ["fewshot_as_multiturn"] = "flag",
        ["chat_template"] = "text",
        ["chat_template_sha"] = "text",
        ["task_hashes"] = "map",
        ["total_evaluation_time_seconds"] = "text",
    };

    private static readonly Dictionary<string, string> Config = new()
    {
        ["model"] = "text",
        ["model_args"] = "text",
        ["model_num_parameters"] = "whole",
        ["model_dtype"] = "text",
        ["model_revision"] = "text",
        ["model_sha"] = "text",
        ["batch_size"] = "text|whole",
        ["batch_sizes"] = "list",
        ["device"] = "text",
        ["use_cache"] = "null",
        ["limit"] = "whole",
        ["bootstrap_iters"] = "whole",
        ["gen_kwargs"] = "null",
        ["random_seed"] = "whole",
        ["numpy_seed"] = "whole",
        ["torch_seed"] = "whole",
        ["fewshot_seed"] = "whole",
    };

    private static readonly Dictionary<string, string> TaskFile = new()
    {
        ["task"] = "text",
        ["dataset_path"] = "text",
        ["output_type"] = "text",
        ["num_fewshot"] = "whole",
        ["unsafe_code"] = "flag",
        ["description"] = "text",
        ["target_delimiter"] = "text",
        ["fewshot_delimiter"] = "text",
        ["should_decontaminate"] = "flag",
    };

    private static readonly Dictionary<string, string> Sample = new()
    {
        ["doc_id"] = "whole",
        ["doc"] = "map",
        ["target"] = "text",
        ["arguments"] = "map",
        ["resps"] = "list",
        ["filtered_resps"] = "list",
        ["filter"] = "text",
        ["metrics"] = "list",
        ["doc_hash"] = "text",
        ["prompt_hash"] = "text",
        ["target_hash"] = "text",
    };

    private readonly TemporaryFolder _folder = new();

    private static string Model => Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4");

    private async Task<JsonNode> ResultsAsync(params string[] more)
    {
        await CommandLine.SucceedAsync(
            [
                "run", "--model", Model, "--limit", "2", "--output", _folder["run"], "--lm-eval-output", _folder["theirs"], "--quiet",
                .. more,
            ]);
        return Read(Assert.Single(Directory.GetFiles(_folder["theirs"], "results_*.json", SearchOption.AllDirectories)));
    }

    private static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(file))!;

    [Fact]
    public async Task Results_OfAModelWithATemplate_HaveEveryKeyAndType()
    {
        JsonNode results = await ResultsAsync(
            "--tasks", "quick_mmlu,quick_gsm8k", "--apply-chat-template", "--system-instruction", "Be brief.", "--model-id", "org/tiny");
        JsonShape.AssertHas("results", results, Top);
        JsonShape.AssertHas("config", results["config"], Config);
        Assert.All(results["configs"]!.AsObject(), task => JsonShape.AssertHas(task.Key, task.Value, TaskFile));
        Assert.Equal("pretrained=org/tiny,dtype=int4", (string)results["config"]!["model_args"]!);
        Assert.Equal(3_025_344, (long)results["config"]!["model_num_parameters"]!);
        Assert.Equal((0, 1234), ((int)results["config"]!["random_seed"]!, (int)results["config"]!["numpy_seed"]!));
        Assert.Equal(("org/tiny", "org__tiny"), ((string)results["model_name"]!, (string)results["model_name_sanitized"]!));
        Assert.Equal(["1"], results["tokenizer_eos_token"]!.AsArray().Skip(1).Select(id => (string)id!));
        Assert.StartsWith("0.4.", (string)results["lm_eval_version"]!, StringComparison.Ordinal);
        Assert.EndsWith("+evalharness", (string)results["lm_eval_version"]!, StringComparison.Ordinal);
        Assert.All(
            Directory.GetFiles(_folder["theirs"], "*", SearchOption.AllDirectories),
            file => Assert.Equal("org__tiny", Path.GetFileName(Path.GetDirectoryName(file))));
        // The run folder says the same, but for the hashes of samples that it does not have in this form.
        JsonObject own = Read(_folder["run/results.json"]).AsObject();
        Assert.Equal(results.AsObject().Select(key => key.Key).Except(["task_hashes"]), own.Select(key => key.Key));
    }

    /// <summary>Programs tell values from counts by the decimal point, and print what a group has beside its name.</summary>
    [Fact]
    public async Task Results_Numbers_AreFloatsAndGroupsHaveWhatTasksHave()
    {
        JsonNode results = await ResultsAsync("--tasks", "quick_mmlu,quick_gsm8k");
        foreach (JsonObject entry in results["results"]!.AsObject().Select(r => r.Value!.AsObject()))
        {
            Assert.All(entry.Where(m => m.Key.Contains(',', StringComparison.Ordinal)), metric =>
                Assert.True(JsonShape.Kind(metric.Value) is "float" or "text", $"{entry["name"]} {metric.Key}: {metric.Value}"));
            Assert.Equal("whole", JsonShape.Kind(entry["sample_len"]));
        }

        JsonNode group = results["groups"]!["quick_mmlu"]!;
        Assert.Equal(26, (int)group["sample_count"]!["acc,none"]!);
        Assert.False(results["results"]!["quick_gsm8k"]!.AsObject().ContainsKey("sample_count"));
        Assert.Equal("text", JsonShape.Kind(results["versions"]!["quick_mmlu"]));
        Assert.Equal("float", JsonShape.Kind(results["versions"]!["quick_gsm8k"]));
        Assert.Equal(0, (int)results["n-shot"]!["quick_mmlu"]!);
        Assert.True((bool)results["higher_is_better"]!["quick_mmlu"]!["acc"]!);
        Assert.Null((string?)results["chat_template"]);
    }

    [Fact]
    public async Task Results_WithoutGroups_HaveNoSuchKey()
    {
        JsonNode results = await ResultsAsync("--tasks", "quick_gsm8k");
        Assert.False(results.AsObject().ContainsKey("groups"));
        Assert.Equal(Model, (string)results["model_name"]!);
    }

    /// <summary>One hash over the hashes of all samples, filter by filter, as that program computes it.</summary>
    [Fact]
    public async Task TaskHashes_AreOfTheSamplesFilterByFilter()
    {
        JsonNode results = await ResultsAsync("--tasks", "quick_gsm8k");
        string file = Assert.Single(Directory.GetFiles(_folder["theirs"], "samples_quick_gsm8k_*.jsonl", SearchOption.AllDirectories));
        JsonNode[] samples = [.. File.ReadLines(file).Select(line => JsonNode.Parse(line)!)];
        Assert.All(samples, sample => JsonShape.AssertHas("sample", sample, Sample));
        string joined = string.Concat(samples
            .GroupBy(s => (string)s["filter"]!)
            .SelectMany(filter => filter)
            .Select(s => $"{s["doc_hash"]}{s["prompt_hash"]}{s["target_hash"]}"));
        byte[] hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(joined));
        Assert.Equal(Convert.ToHexStringLower(hash), (string)results["task_hashes"]!["quick_gsm8k"]!);
    }

    /// <summary>A table with the levels of groups lists each task once, where the groups name what is one level below.</summary>
    [Fact]
    public void Groups_InsideGroups_AreChildren()
    {
        TaskSelection selection = TaskCatalog.Load([]).Select(["mmlu"]);
        SelectedGroup mmlu = selection.Groups.Single(g => g.Group.Name == "mmlu");
        Assert.Equal(["mmlu_stem", "mmlu_other", "mmlu_social_sciences", "mmlu_humanities"], mmlu.Children);
        Assert.Equal(57, mmlu.Leaves.Count);
        Assert.Equal(57, selection.Groups.Where(g => g != mmlu).Sum(g => g.Children.Count));
    }

    [Theory]
    [InlineData("tiny", "expected ORG/NAME as on the hub")]
    [InlineData("a/b/c", "expected ORG/NAME as on the hub")]
    public async Task ModelId_OfAnotherForm_IsRefused(string id, string said)
    {
        CommandLineResult result = await CommandLine.RunAsync("run", "--model", Model, "--tasks", "quick_gsm8k", "--model-id", id);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains(said, result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ModelId_OfSeveralModels_IsRefused()
    {
        CommandLineResult result = await CommandLine.RunAsync(
            "run", "--model", Model, "--model", Model, "--tasks", "quick_gsm8k", "--model-id", "org/tiny");
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("one name is of one model", result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>The model alone is run beside its adapters, and would get the name too.</summary>
    [Fact]
    public async Task ModelId_WithAnAdapter_IsRefused()
    {
        CommandLineResult result = await CommandLine.RunAsync(
            "run", "--model", Model, "--adapter", "a.onnx_adapter", "--tasks", "quick_gsm8k", "--model-id", "org/tiny");
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("--model-id and --adapter together", result.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
