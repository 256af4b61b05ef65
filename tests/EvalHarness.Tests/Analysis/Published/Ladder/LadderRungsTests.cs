using EvalHarness.Analysis.Published;
using EvalHarness.Analysis.Published.Ladder;
using EvalHarness.Engines;
using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Tests.Analysis.Published.Ladder;

/// <summary>Which settings are tried, by what the source says and what the rows show.</summary>
public sealed class LadderRungsTests
{
    private static IReadOnlyList<LadderRung> Rungs(
        PublishedSetting stated,
        RunOptions options,
        string key,
        IReadOnlyList<LadderRow> rows,
        string template = "takes system messages",
        params string[] forms)
    {
        var score = new PublishedScore
        {
            Model = "m",
            Benchmark = "b",
            Source = "s",
            Value = PrintedNumber.Parse("50.0")!,
            Setting = stated,
        };
        var model = new EngineDescription
        {
            Engine = "e",
            ModelPath = "m",
            ModelName = "m",
            Device = "cpu",
            Files = [],
            Settings = new Dictionary<string, string> { [EngineDescription.ChatTemplate] = template, ["beginning of text"] = "1" },
        };
        var setting = new LadderSetting { Options = options, Key = key };
        LadderDocument[] documents = [.. rows.Select((_, i) => new LadderDocument("t", i))];
        var series = LadderSeries.Of(
            new LadderDocuments(documents, 1), setting, documents.Zip(rows).ToDictionary(p => p.First, p => p.Second));
        return new LadderRungs(score, model, new LadderTasks(), forms).After(setting, series);
    }

    private static RunOptions Options(string task, bool template = false) =>
        new() { Model = "m", Tasks = [task], NumFewShot = 5, ApplyChatTemplate = template };

    private static LadderRow Generated(double strict, double flexible, bool cut = false, long tokens = 10) => new()
    {
        Scores = [("exact_match,strict-match", strict), ("exact_match,flexible-extract", flexible)],
        WasCut = cut,
        Tokens = tokens,
    };

    private const string Strict = "exact_match,strict-match";

    private static string Tried(IEnumerable<LadderRung> rungs) =>
        string.Join("; ", rungs.Where(r => r.NotTried is null).Select(r => $"{r.Name} {r.From} > {r.To}"));

    [Fact]
    public void Rungs_NothingStated_TriesWhatTheRowsAllow() => Assert.Equal(
        "extraction strict-match > flexible-extract; chat template not applied > applied; shots 5 > 0; "
        + "beginning-of-text token there > not there",
        Tried(Rungs(new(), Options("gsm8k"), Strict, [Generated(0, 1), Generated(1, 1)])));

    [Fact]
    public void Rungs_WithATemplate_TryPromptAndTurns() => Assert.Equal(
        "extraction strict-match > flexible-extract; limit of tokens 256 > 1024; chat template applied > not applied; "
        + "system prompt none but the template's own > \"You are a helpful assistant.\"; shots as turns a turn each > all in one turn; "
        + "shots 5 > 0; beginning-of-text token there > not there",
        Tried(Rungs(new(), Options("gsm8k", template: true), Strict, [Generated(0, 1), Generated(0, 0, cut: true, tokens: 256)])));

    [Fact]
    public void Rungs_StatedAndFollowed_AreLeftWithTheReason()
    {
        IReadOnlyList<LadderRung> rungs = Rungs(
            new() { Shots = 5, ChatTemplate = false, Match = "strict", MaxTokens = 256 },
            Options("gsm8k"),
            Strict,
            [Generated(0, 1, cut: true)]);
        Assert.Equal("beginning-of-text token there > not there", Tried(rungs));
        string[] stated = ["extraction", "limit of tokens", "chat template", "shots"];
        Assert.All(stated, name => Assert.Equal("the source states it, and the run follows", rungs.Single(r => r.Name == name).NotTried));
        Assert.All(rungs, r => Assert.NotEqual("", r.NotTried));
    }

    [Fact]
    public void Rungs_StatedAndNotFollowed_GoToWhatIsStated()
    {
        IReadOnlyList<LadderRung> rungs = Rungs(
            new() { Shots = 8, ChatTemplate = true, Match = "flexible", MaxTokens = 1024, SystemPrompt = "Think." },
            Options("gsm8k", template: true) with { NumFewShot = 4 },
            Strict,
            [Generated(0, 1, cut: true)]);
        Assert.Equal(
            "extraction strict-match > flexible-extract; limit of tokens 256 > 1024; "
            + "system prompt none but the template's own > \"Think.\"; shots as turns a turn each > all in one turn; shots 4 > 8; "
            + "beginning-of-text token there > not there",
            Tried(rungs));
        LadderSetting after = rungs.Single(r => r.Name == "limit of tokens").Change(
            new LadderSetting { Options = Options("gsm8k") with { GenerationSettings = """{"temperature":0.5}""" }, Key = Strict });
        Assert.Equal("""{"max_gen_toks":1024,"temperature":0.5}""", after.Options.GenerationSettings);
    }

    [Fact]
    public void Rungs_Limit_AsksOnlyWhatItCanMove()
    {
        LadderRow cut = Generated(0, 0, cut: true, tokens: 512), done = Generated(1, 1, tokens: 300), brief = Generated(1, 1);
        RunOptions options = Options("gsm8k") with { GenerationSettings = """{"max_gen_toks":512}""" };
        LadderRung[] limits = [.. Rungs(new(), options, Strict, [cut, done, brief]).Where(r => r.Name == "limit of tokens")];
        Assert.Equal(["2048", "256"], limits.Select(r => r.To));
        Assert.Equal([true, false, false], ((LadderRow[])[cut, done, brief]).Select(limits[0].CanMove));
        Assert.Equal([true, true, false], ((LadderRow[])[cut, done, brief]).Select(limits[1].CanMove));
    }

    [Fact]
    public void Rungs_PromptsTooLong_AreCut()
    {
        LadderRow lost = new() { Scores = [], Error = "t, document 1: prompt too long: 2000 tokens, the model's context holds 1024" };
        LadderRung truncation = Rungs(new(), Options("gsm8k"), Strict, [Generated(1, 1), lost]).Single(r => r.Name == "truncation");
        Assert.Equal(("error", "left"), (truncation.From, truncation.To));
        Assert.Equal([false, true], ((LadderRow[])[Generated(1, 1), lost]).Select(truncation.CanMove));
    }

    /// <summary>A full context ends completions as a limit of tokens does, and another limit does not help.</summary>
    [Fact]
    public void Rungs_FullContext_IsNamed()
    {
        LadderRow full = Generated(0, 0) with { FilledContext = true };
        RunOptions options = Options("gsm8k") with { MaxLength = 200 };
        LadderRung context = Rungs(new(), options, Strict, [Generated(1, 1), full]).Single(r => r.Name == "context");
        Assert.Equal(("200 tokens", "the model's own"), (context.From, context.To));
        Assert.Equal([false, true], ((LadderRow[])[Generated(1, 1), full]).Select(context.CanMove));
        Assert.Null(context.Change(new LadderSetting { Options = options, Key = Strict }).Options.MaxLength);
        Assert.Equal(
            "1 completions ended because the model's context was full, and it has no more",
            Rungs(new(), Options("gsm8k"), Strict, [full]).Single(r => r.Name == "context").NotTried);
        Assert.DoesNotContain(Rungs(new(), Options("gsm8k"), Strict, [Generated(1, 1)]), r => r.Name == "context");
    }

    [Fact]
    public void Rungs_WithoutTemplateInTheModel_NameWhatIsMissing()
    {
        LadderRow[] rows = [new() { Scores = [("acc,none", 1)] }];
        IReadOnlyList<LadderRung> rungs = Rungs(new(), Options("mmlu"), "acc,none", rows, template: "none");
        Assert.Equal("the model has none", rungs.Single(r => r.Name == "chat template").NotTried);
        const string missing = "mmlu_continuation, mmlu_generative, mmlu_llama, mmlu_cot_llama: not among the tasks here";
        Assert.Contains(rungs, r => r.NotTried?.StartsWith(missing, StringComparison.Ordinal) == true);
    }

    /// <summary>A form is found from each of the family, and brings the shots that belong to it.</summary>
    [Fact]
    public void Rungs_FormsOfAFamily_AreFoundInBothDirections()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.yaml", "include: humaneval.yaml\ntask: humaneval_instruct\ngen_prefix: \"```\"");
        folder.Write("b.yaml", "include: gsm8k.yaml\ntask: gsm8k_cot_zeroshot\nnum_fewshot: 0");
        folder.Write("c.yaml", """
            include: gsm8k.yaml
            task: gsm8k_llama
            filter_list:
              - {name: flexible_extract, filter: [{function: take_first}]}
              - {name: strict_match, filter: [{function: take_first}]}
            """);
        LadderRow[] rows = [Generated(0, 1)];
        string Of(string task, string key, PublishedSetting? stated = null) => Tried(
            Rungs(stated ?? new(), Options(task) with { IncludePaths = [folder.Path] }, key, rows).Where(r => r.Name == "task"));
        const string code = "pass@1,create_test";
        Assert.Equal("task humaneval, generated > humaneval_instruct, generated", Of("humaneval", code));
        Assert.Equal("task humaneval_instruct, generated > humaneval, generated", Of("humaneval_instruct", code));
        Assert.Equal(
            "task gsm8k, generated > gsm8k_cot_zeroshot, generated, 0 shots; task gsm8k, generated > gsm8k_llama, generated",
            Of("gsm8k", Strict));
        Assert.Equal("task gsm8k, generated > gsm8k_llama, generated", Of("gsm8k", Strict, new() { Shots = 5 }));
        Assert.Equal(
            "task gsm8k_llama, generated > gsm8k, generated; task gsm8k_llama, generated > gsm8k_cot_zeroshot, generated, 0 shots",
            Of("gsm8k_llama", "exact_match,strict_match"));
        LadderRung zero = Rungs(new(), Options("gsm8k") with { IncludePaths = [folder.Path] }, Strict, rows)
            .First(r => r.To.StartsWith("gsm8k_cot_zeroshot", StringComparison.Ordinal));
        LadderSetting after = zero.Change(new LadderSetting { Options = Options("gsm8k"), Key = Strict });
        Assert.Equal((0, Strict), (after.Options.NumFewShot, after.Key));
    }

    /// <summary>The same documents asked by letters, by text and generated, and others of the same name.</summary>
    [Fact]
    public void Rungs_OtherForms_AreThoseOfTheSameDocuments()
    {
        using var folder = new TemporaryFolder();
        const string head = "dataset_path: org/tiny\ntest_split: test\ndoc_to_text: q\ndoc_to_target: label\n";
        folder.Write("a.yaml", $"task: own\n{head}output_type: multiple_choice\ndoc_to_choice: [A, B]\nmetric_list: [{{metric: acc}}]");
        folder.Write(
            "b.yaml", $"task: own_text\n{head}output_type: multiple_choice\ndoc_to_choice: choices\nmetric_list: [{{metric: acc}}]");
        folder.Write("c.yaml", $"task: own_generated\n{head}");
        folder.Write("d.yaml", $"task: own_others\n{head.Replace("tiny", "big", StringComparison.Ordinal)}");
        folder.Write("e.yaml", $"task: own_often\n{head}repeats: 8");
        RunOptions options = Options("own") with { IncludePaths = [folder.Path] };
        LadderRow[] rows = [new() { Scores = [("acc,none", 1)] }];
        LadderRung[] forms = [.. Rungs(new(), options, "acc,none", rows).Where(r => r.Name == "task")];
        Assert.Equal("task own, letters > own_generated, generated; task own, letters > own_text, text", Tried(forms));
        Assert.Equal("own_often: it asks each document 8 times", forms.Single(r => r.NotTried is not null).NotTried);
        LadderSetting after = forms[0].Change(new LadderSetting { Options = options, Key = "acc,none" });
        Assert.Equal(("own_generated", "exact_match,none"), (after.TaskFor("own"), after.Key));
        // Tasks by which the registry measures the benchmark, whatever their names.
        Assert.Equal(
            "task own_text, text > own, letters; task own_text, text > own_generated, generated",
            Tried(Rungs(new(), options with { Tasks = ["own_text"] }, "acc,none", rows, forms: ["own", "own_generated", "elsewhere"])
                .Where(r => r.Name == "task")));
        LadderRung[] stated = [.. Rungs(new() { Answer = "letters" }, options, "acc,none", rows).Where(r => r.Name == "task")];
        Assert.Contains(stated, r => r.NotTried == "own_text: the source's answers are letters, as the run's are, and its are text");
        Assert.Equal("", Tried(stated));
    }
}
