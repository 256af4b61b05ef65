using EvalHarness.Results;

namespace EvalHarness.Tests.Cli;

/// <summary>Files of <c>run --config</c>.</summary>
public sealed class RunConfigurationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private IReadOnlyDictionary<string, IReadOnlyList<string>> Options(string yaml) =>
        RunConfiguration.Read(_folder.Write("c.yaml", yaml)).Options;

    [Fact]
    public void Read_KeysOfTheReference_AreOptionsOfARun()
    {
        RunConfiguration read = RunConfiguration.Read(_folder.Write("c.yaml", """
            model: hf
            model_args:
              pretrained: models/phi
              max_length: 2048
              enable_thinking: false
              chat_template_args: {reasoning_effort: low}
            tasks: [hellaswag, arc_easy]
            num_fewshot: null
            batch_size: auto
            limit: 0.1
            seed: [0, null, 8, 52]
            gen_kwargs: {temperature: 0.7, do_sample: true}
            metadata: {max_seq_lengths: [4096]}
            apply_chat_template: true
            system_instruction: Be brief.
            fewshot_as_multiturn: false
            include_path: mine
            output_path: results/phi
            log_samples: true
            write_out: false
            predict_only: true
            wandb_args: {}
            use_cache: null
            trust_remote_code: false
            max_length: 1024
            """));
        Assert.Equal("results/phi", read.OutputFolder);
        Assert.False(read.WriteOut);
        var options = RunOptions.Of(read.Options, earlier: null);
        Assert.Equal(("models/phi", "hellaswag,arc_easy"), (options.Model, string.Join(',', options.Tasks)));
        Assert.Equal((null, null, 0.1, "0,None,8,52"), (options.NumFewShot, options.BatchSize, options.Limit, options.Seed));
        Assert.Equal("""{"do_sample":true,"temperature":0.7}""", options.GenerationSettings);
        Assert.Equal("""{"max_seq_lengths":[4096]}""", options.Metadata);
        Assert.Equal((true, false, true), (options.ApplyChatTemplate, options.FewShotAsMultiturn, options.PredictOnly));
        Assert.Equal(("Be brief.", "mine", 1024), (options.SystemInstruction, options.IncludePaths[0], options.MaxLength));
        Assert.Equal((false, """{"reasoning_effort": "low"}"""), (options.EnableThinking, options.ChatTemplateArguments));
    }

    [Fact]
    public void Read_ModelArgumentsAsText_AreRead() =>
        Assert.Equal(["models/phi"], Options("model: hf\nmodel_args: pretrained=models/phi,max_length=8\ntasks: t")["--model"]);

    [Theory]
    [InlineData("tasks: t\nnum_fewshots: 5", "c.yaml:2:1: there is no option num_fewshots; the nearest is num_fewshot")]
    [InlineData("limits: 5", "c.yaml:1:1: there is no option limits; the nearest is limit")]
    [InlineData("tasks: t\nlimit: many", "c.yaml:2:8: limit: many: expected a whole number, 1 or more")]
    [InlineData("use_cache: a.db", "c.yaml:1:1: use_cache of lm-evaluation-harness means nothing here (the run folder keeps")]
    [InlineData("model_args: {dtype: float32}", "c.yaml:1:13: model_args: dtype means nothing here; those that do are pretrained, max")]
    [InlineData("model: ./a\nmodel_args: {pretrained: ./b}", "c.yaml:2:13: model_args: pretrained is ./b, and model is ./a")]
    [InlineData("log_samples: maybe", "c.yaml:1:1: log_samples: expected true or false, found maybe")]
    [InlineData("limit: {a: 1}", "c.yaml:1:1: limit: expected one value, found a map of keys")]
    [InlineData("- limit", "c.yaml: expected a map from options to values")]
    [InlineData("limit: [", "c.yaml:")]
    public void Mistake_NamesThePlace(string yaml, string said)
    {
        EvalException wrong = Assert.Throws<EvalException>(() => Options(yaml));
        Assert.Equal(ExitCode.Usage, wrong.ExitCode);
        Assert.Contains(said, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithAFile_TakesTheCommandLineOverIt()
    {
        TinyData.Fill(_folder);
        string file = _folder.Write("c.yaml", $"""
            model: replay:{_folder["answers.jsonl"]}
            tasks: [tiny]
            include_path: {_folder["tasks"]}
            datasets: {_folder["data"]}
            limit: 2
            num_fewshot: 0
            output_path: {_folder["run"]}
            """);
        await CommandLine.SucceedAsync("run", "--config", file, "--limit", "3");
        RunOptions options = new RunFolder(_folder["run"]).ReadManifest().Options;
        Assert.Equal((3.0, 0), (options.Limit, options.NumFewShot));
        // The file of a resumed run may still name the folder.
        await CommandLine.SucceedAsync("run", "--resume", _folder["run"], "--config", file, "--limit", "3");
        CommandLineResult missing = await CommandLine.RunAsync("run", "--config", _folder["none.yaml"]);
        Assert.Equal((int)ExitCode.Usage, missing.ExitCode);
        Assert.StartsWith($"error: --config {_folder["none.yaml"]}: cannot be read", missing.ErrorLine, StringComparison.Ordinal);
    }
}
