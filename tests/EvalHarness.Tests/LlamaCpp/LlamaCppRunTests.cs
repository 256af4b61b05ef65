using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Results;

namespace EvalHarness.Tests.LlamaCpp;

/// <summary>Whole runs of GGUF files, with the engine loaded as a plugin, beside runs of the same weights in ONNX.</summary>
public sealed class LlamaCppRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    internal static string Plugin => Path.Combine(
        Shared.Repository, "artifacts", "bin", "EvalHarness.LlamaCpp",
        Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "EvalHarness.LlamaCpp.dll");

    private static string TinyOnnx(string variant) => Path.Combine(Shared.Repository, "src", "TinyModel", "models", $"tiny-{variant}");

    private string[] Run(string model, string output, params string[] more) =>
        ["run", "--model", model, .. model.EndsWith(".gguf", StringComparison.Ordinal) ? (string[])["--plugin", Plugin] : [],
            "--output", _folder[output], .. more];

    private Dictionary<string, JsonElement> Responses(string output) => JournalAnswers
        .Each(Path.Combine(_folder[output], "responses.jsonl"))
        .ToDictionary(r => $"{r.GetProperty("task")} {r.GetProperty("doc_id")} {r.GetProperty("index")}");

    /// <summary>Prompts are equal, log-likelihoods are within a distance, and texts are equal.</summary>
    private void AssertEqual(string expected, string actual, int count, double within)
    {
        Dictionary<string, JsonElement> onnx = Responses(expected), gguf = Responses(actual);
        Assert.Equal(count, onnx.Count);
        Assert.Equal(onnx.Keys.Order(StringComparer.Ordinal), gguf.Keys.Order(StringComparer.Ordinal));
        foreach ((string key, JsonElement one) in onnx)
        {
            JsonElement other = gguf[key];
            Assert.Equal(one.GetProperty("context_sha256").GetString(), other.GetProperty("context_sha256").GetString());
            if (one.TryGetProperty("loglikelihood", out JsonElement likelihood))
                Assert.Equal(likelihood.GetDouble(), other.GetProperty("loglikelihood").GetDouble(), within);
            else
                Assert.Equal((key, one.GetProperty("response").GetString()), (key, other.GetProperty("response").GetString()));
        }
    }

    [SharedFact]
    [Trait("Speed", "slow")]
    public async Task LogLikelihoods_OfFourHundredRequests_EqualOnnx()
    {
        string[] options = ["--tasks", "mmlu_anatomy", "--limit", "100", "--datasets", Shared.Hub];
        await CommandLine.SucceedAsync(Run(Shared.Model("fp32"), "onnx", options));
        await CommandLine.SucceedAsync(Run(GgufModels.WriteStories(_folder.Path, GgufWriter.F32), "gguf", options));
        AssertEqual("onnx", "gguf", 400, within: 1e-3);
    }

    [SharedFact]
    [Trait("Speed", "slow")]
    public async Task Completions_OfHundredPrompts_EqualOnnx()
    {
        string[] options =
            ["--tasks", "gsm8k", "--limit", "100", "--num-fewshot", "2", "--gen-kwargs", "max_gen_toks=48", "--datasets", Shared.Hub];
        await CommandLine.SucceedAsync(Run(Shared.Model("fp32"), "onnx", options));
        await CommandLine.SucceedAsync(Run(GgufModels.WriteStories(_folder.Path, GgufWriter.F32), "gguf", options));
        AssertEqual("onnx", "gguf", 100, within: 0);
    }

    [Fact]
    public async Task EmbeddedModel_ItsChatsAndQuestions_EqualOnnx()
    {
        string[] options = ["--tasks", "quick_mmlu_reading,quick_gsm8k", "--limit", "8", "--apply-chat-template"];
        await CommandLine.SucceedAsync(Run(TinyOnnx("fp32"), "onnx", options));
        CommandLineResult result = await CommandLine.SucceedAsync(Run(GgufModels.WriteTiny(_folder.Path, GgufWriter.F32), "gguf", options));
        Assert.Contains("the model's chat template: takes system messages", result.Error, StringComparison.Ordinal);
        AssertEqual("onnx", "gguf", 40, within: 1e-3);
    }

    [Fact]
    public async Task Compare_Int4OfOnnxAndOfGguf_IsOneTable()
    {
        string[] options = ["--tasks", "quick_mmlu_reading,quick_gsm8k", "--limit", "8"];
        await CommandLine.SucceedAsync(Run(TinyOnnx("int4"), "onnx", options));
        await CommandLine.SucceedAsync(Run(GgufModels.WriteTiny(_folder.Path, GgufWriter.Q4_0), "gguf", options));
        CommandLineResult compared = await CommandLine.SucceedAsync("compare", _folder["onnx"], _folder["gguf"]);
        Assert.Contains("| tiny-Q4_0.gguf | cpu    |     2.8 |", compared.Output, StringComparison.Ordinal);
        Assert.Contains("| quick_gsm8k ", compared.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Manifest_SaysWhatAnswered()
    {
        string file = GgufModels.WriteTiny(_folder.Path, GgufWriter.Q4_0);
        await CommandLine.SucceedAsync(Run(file, "run", "--tasks", "quick_mmlu_reading", "--limit", "1"));
        JsonNode model = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(_folder["run"], "manifest.json")))!["model"]!;
        Assert.Equal(
            ["llama.cpp", "tiny-Q4_0.gguf", file, "Q4_0 (43 Q4_0, 14 F32)", "gguf", "1024", "0", "1"],
            (string[])
            [
                $"{model["engine"]}", $"{model["model_name"]}", $"{model["model_path"]}", $"{model["settings"]!["quantization"]}",
                $"{model["settings"]!["tokenizer"]}", $"{model["settings"]!["window"]}", $"{model["settings"]!["beginning of text"]}",
                $"{model["settings"]!["end of text"]}",
            ]);
        Assert.Matches(@"^\d+\.\d+\.\d+$", $"{model["versions"]!["LLamaSharp"]}");
        Assert.Matches(@"^\d+\.\d+\.\d+ \([0-9a-f]+\)$", $"{model["versions"]!["ggml"]}");
        Assert.Equal(64, $"{model["files"]![0]!["sha256"]}".Length);
    }

    /// <summary>The rest of a run that was cut off is bit for bit what it would have been.</summary>
    [Theory]
    [InlineData(GgufWriter.F32)]
    [InlineData(GgufWriter.Q4_0)]
    public async Task Resume_JournalCutOff_GivesTheSameBits(int type)
    {
        string file = GgufModels.WriteTiny(_folder.Path, type);
        await CommandLine.SucceedAsync(Run(file, "run", "--tasks", "quick_mmlu_reading,quick_gsm8k", "--limit", "10"));
        string journal = Path.Combine(_folder["run"], "responses.jsonl");
        Dictionary<string, JsonElement> whole = Responses("run");
        await File.WriteAllLinesAsync(journal, File.ReadLines(journal).Where((_, i) => i % 3 == 0).ToList());
        File.Delete(Path.Combine(_folder["run"], "results.json"));
        await CommandLine.SucceedAsync("run", "--resume", _folder["run"]);
        foreach ((string key, JsonElement response) in Responses("run"))
        {
            foreach (string number in (string[])["loglikelihood", "token_logprobs", "response"])
            {
                Assert.Equal(
                    whole[key].TryGetProperty(number, out JsonElement was) ? was.GetRawText() : "",
                    response.TryGetProperty(number, out JsonElement now) ? now.GetRawText() : "");
            }
        }

        Assert.Equal(50, whole.Count);
    }

    [Theory]
    [InlineData("--device", "cuda", "--device cuda: does not fit the engine for GGUF files")]
    [InlineData("--batch-size", "4", "--batch-size 4: does not fit")]
    [InlineData("--batch-size", "auto", "--batch-size auto: does not fit")]
    [InlineData("--workers", "2", "--workers 2: does not fit")]
    [InlineData("--tokenizer", "genai", "--tokenizer genai: does not fit")]
    public async Task Option_ThatTheEngineDoesNotHave_IsRefused(string option, string value, string expected)
    {
        CommandLineResult result = await CommandLine.RunAsync(Run(_folder["x.gguf"], "run", "--tasks", "quick_gsm8k", option, value));
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains(expected, result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>The .NET tool has no such engine, and neither has the folder that tests run in.</summary>
    [Fact]
    public async Task Gguf_WithoutTheEngine_SaysHowToGetIt()
    {
        CommandLineResult result = await CommandLine.RunAsync(
            "run", "--model", "x.gguf", "--tasks", "quick_gsm8k", "--output", _folder["run"]);
        Assert.Equal((int)ExitCode.Environment, result.ExitCode);
        Assert.Contains("dotnet package download EvalHarness.LlamaCpp", result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Template_OfAnotherName_IsOneLine()
    {
        string file = GgufModels.WriteTiny(_folder.Path, GgufWriter.Q4_0);
        CommandLineResult result = await CommandLine.RunAsync(
            Run(file, "run", "--tasks", "quick_gsm8k", "--limit", "1", "--apply-chat-template", "rag"));
        Assert.Equal((int)ExitCode.Model, result.ExitCode);
        Assert.Contains("has no tokenizer.chat_template.rag", result.ErrorLine, StringComparison.Ordinal);
    }
}
