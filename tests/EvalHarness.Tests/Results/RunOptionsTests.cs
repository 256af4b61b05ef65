using System.CommandLine;
using EvalHarness.Cli;
using EvalHarness.Files;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Results;

/// <summary>The table of options: what is declared once holds on every way that an option takes.</summary>
public sealed class RunOptionsTests
{
    private static readonly RunOptions Defaults =
        RunOptions.Of(new Dictionary<string, IReadOnlyList<string>>(), earlier: null) with { Model = "m", Tasks = ["t"] };

    public static TheoryData<string> Names => [.. RunOptions.Declared.Select(o => o.Name)];

    /// <summary>A value that is not the default.</summary>
    private static string Other(DeclaredOption option) => option switch
    {
        { Name: "--gen-kwargs" } => """{"top_k":3}""",
        { Name: "--samples" } => """{"t":[1]}""",
        { Name: "--chat-template-kwargs" } => """{"a": 1}""",
        { Name: "--template-date" } => "2026-11-25",
        { Name: "--metadata" } => """{"a":1}""",
        { Name: "--max-cost" or "--decide" } => "2.5",
        { Name: "--model-id" } => "org/name",
        { Name: "--false-alarms" } => "0.1",
        { Name: "--shard" } => "1/4",
        { Name: "--seed" } or { IsAmount: true } => "17",
        { IsSwitch: true } => "true",
        { IsTruth: true } => "false",
        { Words: { } words } => words[^1],
        { IsNumber: true } => "17",
        _ => "other",
    };

    /// <summary>Some options need a chat template, some an endpoint, and some --decide.</summary>
    private static RunOptions Before(DeclaredOption option) => option.Name switch
    {
        "--chat-template-kwargs" or "--enable-thinking" or "--template-date" => Defaults with { ApplyChatTemplate = true },
        "--decide" or "--against" or "--flips-from" or "--false-alarms" or "--decide-seed" =>
            Defaults with { Decide = "1", Against = "base" },
        "--max-cost" => Defaults with { Model = "openai:http://localhost#m", Prices = "prices.yaml" },
        "--allow-network" or "--api-key-from" or "--concurrency" or "--request-timeout" or "--tokenizer" =>
            Defaults with { Model = "openai:http://localhost#m" },
        _ => Defaults,
    };

    private static RunOptions With(DeclaredOption option) =>
        RunOptions.Of(new Dictionary<string, IReadOnlyList<string>> { [option.Name] = [Other(option)] }, Before(option));

    [Theory]
    [MemberData(nameof(Names))]
    public void Option_AsArguments_IsReadBack(string name)
    {
        RunOptions changed = With(RunOptions.Named(name));
        var arguments = RunArguments.Whole();
        var command = new Command("run");
        foreach (Option option in arguments.All)
            command.Options.Add(option);
        RunOptions read = arguments.Read(command.Parse([.. changed.ToArguments()]));
        Assert.Equal(changed.ToArguments(), read.ToArguments());
        Assert.Contains(name, changed.ToArguments());
    }

    /// <summary>Whatever decides numbers is in the hash, and <c>--resume</c> with another value names the option.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Option_ThatDecidesNumbers_IsInTheIdentity(string name)
    {
        DeclaredOption option = RunOptions.Named(name);
        RunOptions changed = With(option);
        Assert.Equal(option.DecidesNumbers, changed.Hash() != Before(option).Hash());
        if (!option.DecidesNumbers)
        {
            Resumption.CheckOptions("run", Before(option), changed);
            return;
        }

        EvalException refused = Assert.Throws<EvalException>(() => Resumption.CheckOptions("run", Before(option), changed));
        Assert.Equal(ExitCode.ResumeRefused, refused.ExitCode);
        Assert.StartsWith($"--resume run: {name} differs: the run had ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hash_OfDefaults_DoesNotChangeWithNewOptions() => Assert.Equal("36b83d5b", (Defaults with { Tasks = ["gsm8k"] }).Hash());

    /// <summary>Commands of lm-evaluation-harness can be pasted: underscores, and its name for the output.</summary>
    [Theory]
    [InlineData("run", "--num_fewshot", "-1", "--num-fewshot -1: expected 0 or more")]
    [InlineData("run", "--num_fewshot=-1", "--limit=1", "--num-fewshot -1: expected 0 or more")]
    [InlineData("run", "--gen_kwargs", "temperature", "--gen-kwargs temperature: expected KEY=VALUE")]
    [InlineData("run", "--output_path", "", "--output has an empty value")]
    [InlineData("run", "--limit=", "--quiet", "--limit has an empty value")]
    [InlineData("noise", "--runs", "x", "Cannot parse argument 'x' for option '--runs': expected a whole number.")]
    [InlineData("noise", "--batch_sizes", "0", "--batch-sizes 0: expected numbers above 0")]
    [InlineData("run", "--no_such", "x", "Unrecognized command or argument '--no_such'")]
    public async Task Underscores_AreUnderstood(string verb, string option, string value, string said)
    {
        CommandLineResult result = await CommandLine.RunAsync(verb, "-m", "replay:nothing", "-t", "gsm8k", option, value);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains(said, result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>A value is taken as it stands, also where it looks like an option or a response file.</summary>
    [Theory]
    [InlineData("--num_fewshot")]
    [InlineData("@nothing.txt")]
    public void Value_IsTakenAsItStands(string value)
    {
        var arguments = RunArguments.Without();
        var command = new Command("run");
        foreach (Option option in arguments.All)
            command.Options.Add(option);
        string[] typed = ["--system_instruction", value, "--num_fewshot", "2"];
        Assert.Equal(["--system-instruction", value, "--num-fewshot", "2"], Spelling.Translate(typed, command));
    }

    [Theory]
    [InlineData("top_k=3,temperature=0.70")]
    [InlineData("temperature=0.7, top_k=3")]
    [InlineData("""{"top_k": 3, "temperature": 0.7}""")]
    public void GenerationSettings_InAnyForm_AreTheSameRun(string given) => Assert.Equal(
        """{"temperature":0.7,"top_k":3}""",
        RunOptions.Of(new Dictionary<string, IReadOnlyList<string>> { ["--gen-kwargs"] = [given] }, Defaults).GenerationSettings);

    /// <summary>An option of a run has the same name, help and limits wherever a verb takes it.</summary>
    [Theory]
    [InlineData("run")]
    [InlineData("noise")]
    [InlineData("reproduce")]
    [InlineData("divergence")]
    [InlineData("bench")]
    [InlineData("doctor")]
    public async Task Device_WrongValue_GivesTheSameLineEverywhere(string verb)
    {
        string[] needed = verb switch
        {
            "reproduce" => ["--model", "m", "--as", "llama-3.1-8b"],
            "divergence" => ["--base", "m", "--candidate", "m", "--tasks", "gsm8k"],
            "bench" or "doctor" => ["--model", "m"],
            _ => ["--model", "m", "--tasks", "gsm8k"],
        };
        CommandLineResult result = await CommandLine.RunAsync([verb, .. needed, "--device", "tpu"]);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.StartsWith("error: --device tpu: expected cpu, cuda or directml; ", result.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("m", "--concurrency", "4", "--concurrency is for endpoints (--model openai:URL#MODEL) and does nothing for m")]
    [InlineData("m", "--allow-network", "true", "--allow-network is for endpoints")]
    [InlineData("openai:x", "--concurrency", "0", "--concurrency 0: expected 1 to 1024")]
    [InlineData("openai:x", "--max-cost", "1", "--max-cost needs --prices")]
    [InlineData("openai:x", "--max-cost", "a lot", "--max-cost a lot: expected an amount of money, such as 2.50")]
    [InlineData("openai:x", "--max-cost", "-1", "--max-cost -1: expected an amount of money")]
    public void Of_OptionsOfEndpoints_ThatDoNotFit_AreAMistake(string model, string option, string value, string says)
    {
        EvalException e = Assert.Throws<EvalException>(
            () => RunOptions.Of(new Dictionary<string, IReadOnlyList<string>> { [option] = [value] }, Defaults with { Model = model }));
        Assert.Equal(ExitCode.Usage, e.ExitCode);
        Assert.StartsWith(says, e.Message, StringComparison.Ordinal);
    }

    /// <summary>Who gives the key itself must not find it in the message.</summary>
    [Fact]
    public void Of_AKeyInPlaceOfItsVariable_IsRefusedAndNotRepeated()
    {
        const string key = "sk-0123456789";
        EvalException e = Assert.Throws<EvalException>(() => RunOptions.Of(
            new Dictionary<string, IReadOnlyList<string>> { ["--api-key-from"] = [key] }, Defaults with { Model = "openai:x" }));
        Assert.DoesNotContain(key, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openai:http://user:password1@localhost/v1#m")]
    [InlineData("openai:http://localhost/v1?api-key=password1#m")]
    public void Of_AnAddressWithAKey_IsRefusedAndNotRepeated(string model)
    {
        EvalException e = Assert.Throws<EvalException>(
            () => RunOptions.Of(new Dictionary<string, IReadOnlyList<string>> { ["--model"] = ["m", model] }, Defaults));
        Assert.Equal(ExitCode.Usage, e.ExitCode);
        Assert.DoesNotContain("password1", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Of several models, those that are no endpoint do without the options of endpoints.</summary>
    [Fact]
    public void For_AnotherModel_LeavesOutWhatDoesNothing()
    {
        RunOptions both = Defaults with { Concurrency = 4, AllowNetwork = true, Prices = "p.yaml", MaxCost = "1", ApiKeyFrom = "A" };
        Assert.Equal(both with { Model = "openai:x" }, both.For("openai:x"));
        Assert.Equal((Defaults with { Prices = "p.yaml", Model = "local" }).ToArguments(), both.For("local").ToArguments());
    }
}
