using System.Text.Json.Nodes;

namespace EvalHarness.Tests.Cli;

/// <summary>Which tokenizer a run uses, and where it says so.</summary>
public sealed class TokenizerChoiceTests : IDisposable
{
    private const string Note = "tokenizer: genai, the runtime's own";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string CopyModel()
    {
        string model = _folder["model"];
        Directory.CreateDirectory(model);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4")))
            File.WriteAllBytes(Path.Combine(model, Path.GetFileName(file)), File.ReadAllBytes(file));
        return model;
    }

    private string[] Run(string model, params string[] more) =>
        ["run", "--model", model, "--tasks", "quick_mmlu_animals", "--limit", "3", "--output", _folder["run"], .. more];

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("genai", "--tokenizer", "genai")]
    public async Task Choice_IsInManifestResultsAndTable(string expected, params string[] options)
    {
        CommandLineResult run = await CommandLine.SucceedAsync(Run(CopyModel(), options));
        CommandLineResult shown = await CommandLine.SucceedAsync("show", _folder["run"]);
        Assert.Equal(expected == "genai", run.Output.Contains(Note, StringComparison.Ordinal));
        Assert.Equal(expected == "genai", shown.Output.Contains(Note, StringComparison.Ordinal));
        JsonNode manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(_folder["run"], "manifest.json")))!;
        JsonNode settings = manifest["model"]!["settings"]!;
        Assert.Equal(expected, settings["tokenizer"]!.GetValue<string>());
        Assert.StartsWith($"{expected}; ", settings["tokenizer check"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("the same ids for 60 probe texts", settings["tokenizer check"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    /// <summary>Another model than BPE is refused by its name; nothing else is taken in its place without being asked for.</summary>
    [Fact]
    public async Task UnsupportedPart_IsNamed_WithWhatToDo()
    {
        string model = CopyModel(), file = Path.Combine(model, "tokenizer.json");
        JsonNode json = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        json["model"] = new JsonObject { ["type"] = "Unigram", ["vocab"] = new JsonArray(), ["unk_id"] = 0 };
        await File.WriteAllTextAsync(file, json.ToJsonString());
        CommandLineResult run = await CommandLine.RunAsync(Run(model));
        Assert.Equal((int)ExitCode.Model, run.ExitCode);
        Assert.Contains("Unigram", run.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("--tokenizer genai", run.ErrorLine, StringComparison.Ordinal);
    }
}
