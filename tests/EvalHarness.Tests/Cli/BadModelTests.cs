namespace EvalHarness.Tests.Cli;

/// <summary>Model folders that are missing or damaged, and options that a model cannot take.</summary>
public sealed class BadModelTests : MistakeTests
{
    private string Model => _folder["model"];

    private string[] With(string model, params string[] more) => ["run", "--model", model, .. TinyData.Run(_folder)[3..], .. more];

    /// <summary>The files are written anew: those beside the repository may be read-only, and a copy would be so too.</summary>
    private void CopyModel()
    {
        TinyData.Fill(_folder);
        Directory.CreateDirectory(Model);
        foreach (string file in Directory.EnumerateFiles(Shared.Model("fp32")))
            File.WriteAllBytes(Path.Combine(Model, Path.GetFileName(file)), File.ReadAllBytes(file));
    }

    [Theory]
    [InlineData(false, "there is no such folder; expected an ONNX Runtime GenAI model folder")]
    [InlineData(true, "has no genai_config.json")]
    public async Task Folder_MissingOrEmpty_IsAModelError(bool exists, string fragment)
    {
        TinyData.Fill(_folder);
        if (exists)
            Directory.CreateDirectory(Model);
        await AssertLineAsync(ExitCode.Model, fragment, With(Model));
    }

    [SharedFact]
    public async Task Config_CutOff_IsAModelError()
    {
        CopyModel();
        string config = Path.Combine(Model, "genai_config.json");
        await File.WriteAllTextAsync(config, (await File.ReadAllTextAsync(config))[..200]);
        await AssertLineAsync(ExitCode.Model, "genai_config.json: not valid JSON at line", With(Model));
    }

    [SharedTheory]
    [InlineData("\"context_length\"", "\"context\"", "Expected model with type, context_length")]
    [InlineData("\"eos_token_id\": 2,", "", "eos_token_id is missing. Expected model with type, context_length")]
    [InlineData("\"hidden_size\"", "\"hidden_sighs\"", "hidden_sighs")]
    public async Task Config_WrongKey_IsAModelError(string old, string replacement, string fragment)
    {
        CopyModel();
        string config = Path.Combine(Model, "genai_config.json");
        await File.WriteAllTextAsync(config, (await File.ReadAllTextAsync(config)).Replace(old, replacement, StringComparison.Ordinal));
        await AssertLineAsync(ExitCode.Model, fragment, With(Model));
    }

    [SharedTheory]
    [InlineData("model.onnx", 1000)]
    [InlineData("model.onnx", null)]
    [InlineData("tokenizer.json", 0)]
    public async Task File_CutOffOrGone_IsAModelError(string name, int? length)
    {
        CopyModel();
        string file = Path.Combine(Model, name);
        byte[] bytes = await File.ReadAllBytesAsync(file);
        File.Delete(file);
        if (length is { } kept)
            await File.WriteAllBytesAsync(file, kept == 0 ? "{}"u8.ToArray() : bytes[..kept]);
        await AssertLineAsync(
            ExitCode.Model, name == "tokenizer.json" ? "tokenizer.json: model is missing" : "the model does not load on cpu", With(Model));
    }

    [SharedTheory]
    [InlineData(
        ExitCode.Model,
        "--device cuda: this build has the cpu runtime; in a clone of EvalHarness, ./run-eval.sh run --device cuda builds for it",
        "--device",
        "cuda")]
    [InlineData(ExitCode.Usage, "--max-length 9000: the model's context is 8192 tokens", "--max-length", "9000")]
    [InlineData(ExitCode.Usage, "--workers 999: expected 1 to ", "--workers", "999")]
    public async Task Option_ThatTheModelCannotTake_LeavesTheRunFolderEmpty(ExitCode exitCode, string fragment, params string[] options)
    {
        TinyData.Fill(_folder);
        await AssertLineAsync(exitCode, fragment, With(Shared.Model("fp32"), options));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["run"]));
    }

    [SharedTheory]
    [InlineData(
        ExitCode.Model,
        "has no chat template; expected chat_template.jinja, or chat_template in tokenizer_config.json",
        "--apply-chat-template")]
    [InlineData(ExitCode.SamplesErrored, "tokens, the model's context holds 8; use fewer shots", "--max-length", "8")]
    public async Task Option_ThatTheDocumentsDoNotFit_IsOneLine(ExitCode exitCode, string fragment, params string[] options)
    {
        TinyData.Fill(_folder);
        await AssertLineAsync(exitCode, fragment, With(Shared.Model("fp32"), options));
    }
}
