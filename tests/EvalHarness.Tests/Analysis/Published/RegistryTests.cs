using EvalHarness.Analysis.Published;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Analysis.Published;

/// <summary>The scores that come with the program: none is left without a protocol or a reason, and no departure goes unsaid.</summary>
public sealed class RegistryTests
{
    private static PublishedScores Known => PublishedScores.Known;

    private static IEnumerable<PublishedScore> Measurable => Known.Scores.Where(s => s.Protocol is not null);

    private static string Named(PublishedScore score) =>
        $"{score.Model}{(score.Quantization is { } q ? $" {q}" : "")} {score.Benchmark} {score.Value}";

    [Fact]
    public void Known_IsWholeAndSaysWhatItKnows()
    {
        Assert.All(Known.Scores, s => Assert.InRange(s.Value.Value, 1, 100));
        Assert.All(Known.Scores, s => Assert.Equal(s.Model, s.Model.ToLowerInvariant()));
        Assert.All(Known.Sources, s => Assert.StartsWith("https://", s.Address, StringComparison.Ordinal));
        Assert.All(Known.Sources, s => Assert.Contains(Known.Scores, score => score.Source == s.Id));
        Assert.All(Known.Protocols, p => Assert.Contains(Known.Scores, s => s.Protocol == p.Id));
        Assert.Equal(
            Known.Scores.Count,
            Known.Scores.DistinctBy(s => (s.Model, s.Benchmark, s.Quantization, s.Source, Setting: s.Setting.ToString())).Count());
        Assert.Equal(
            ["66.7", "65.6"], Known.Scores.Where(s => s.Model == "llama-3.1-8b" && s.Benchmark == "mmlu").Select(s => s.Value.Text));
        // These the sources print in whole points, and all others with a digit after the point or two.
        Assert.Equal(
            ["llama-3.2-3b-instruct spinquant mmlu 62", "llama-3.2-3b mmlu 58", "phi-3.5-mini-instruct mmlu 69"],
            Known.Scores.Where(s => s.Value.Rounding > 0.1).Select(Named));
    }

    [Fact]
    public void EachScore_HasAProtocolOrWhyNone() =>
        Assert.All(Known.Scores, s => Assert.True((s.Protocol is null) != (s.Why is null), Named(s)));

    /// <summary>The tasks that are built in give the score that the verdict reads.</summary>
    [Fact]
    public void EachProtocol_ReadsAScoreOfItsTasks()
    {
        TaskCatalog catalog = TaskCatalog.Load([]);
        PublishedProtocol[] own = [.. Known.Protocols.Where(p => p.IsIn(catalog))];
        Assert.True(own.Length > 5);
        Assert.All(own, p => Assert.Null(p.OtherScores(catalog)));
    }

    /// <summary>Compared key by key, not by what the program compares, each departure is said once and nothing else is.</summary>
    [Fact]
    public void EachSettingThatDiffers_IsADeparture() => Assert.All(Measurable, score =>
    {
        PublishedProtocol here = Known.ProtocolOf(score)!;
        PublishedSetting theirs = score.Setting, does = here.Setting;
        (string Name, object? Theirs, object? Here)[] keys =
        [
            ("shots", theirs.Shots, here.NumFewshot),
            ("examples", theirs.Examples, does.Examples),
            ("shots as turns", theirs.ShotsAsTurns, here.FewshotAsMultiturn),
            ("chain of thought", theirs.ChainOfThought, does.ChainOfThought),
            ("answer", theirs.Answer, does.Answer),
            ("chat template", theirs.ChatTemplate, here.ApplyChatTemplate),
            ("system prompt", theirs.SystemPrompt, here.SystemInstruction ?? "none"),
            ("prompt", theirs.Prompt, does.Prompt),
            ("beginning-of-text token", theirs.BeginningOfText, here.AddBosToken),
            ("maximum tokens", theirs.MaxTokens, does.MaxTokens),
            ("sampling", theirs.Sampling, does.Sampling),
            ("match", theirs.Match, does.Match),
        ];
        string[] said = [.. ReproductionNotes.Departures(score, here)];
        string[] differing = [.. keys.Where(k => k.Theirs is not null && !k.Theirs.Equals(k.Here)).Select(k => k.Name)];
        Assert.Equal(here.Departures.Count + differing.Length, said.Length);
        Assert.All(differing, name => Assert.Single(
            said, s => s.StartsWith($"{name} ", StringComparison.Ordinal) && s.Contains(" instead of ", StringComparison.Ordinal)));
        // A score is compared in the source's own average, which a protocol cannot set for a task on its own.
        Assert.True(theirs.Average is null || here.Tasks.StartsWith("mmlu", StringComparison.Ordinal), Named(score));
    });

    /// <summary>What was wrong once: nine scores named no filter, and others were measured in another variant of their benchmark.</summary>
    [Theory]
    [InlineData("llama-3.1-8b-instruct", "73.0", "mmlu_cot_llama 0 exact_match,strict_match", "")]
    [InlineData("llama-3.1-8b-instruct", "48.3", "mmlu_pro_llama 5 exact_match,strict_match", "")]
    [InlineData("llama-3.1-8b-instruct", "84.5", "gsm8k_llama 8 exact_match,strict_match", "")]
    [InlineData("llama-3.1-8b-instruct", "72.6", "humaneval_instruct 0 pass@1,create_test", "")]
    [InlineData("llama-3.1-8b-instruct", "69.44", "mmlu_llama 5 exact_match,strict_match", "")]
    [InlineData("llama-3.2-1b-instruct", "44.4", "gsm8k_llama 8 exact_match,strict_match", "")]
    [InlineData(
        "phi-4", "84.8", "mmlu_cot_llama 0 exact_match,strict_match",
        "prompt Meta's instead of simple-evals', sampling greedy instead of temperature 0.5")]
    [InlineData("phi-4-mini-instruct", "88.6", "gsm8k 8 exact_match,flexible-extract", "")]
    [InlineData("mistral-7b-v0.1", "39.35", "gsm8k 8 exact_match,flexible-extract", "")]
    [InlineData("gemma-2-9b", "68.6", "gsm8k 5 exact_match,strict-match", "")]
    [InlineData(
        "smollm2-1.7b-instruct", "19.3", "leaderboard_mmlu_pro 0 acc,none", "prompt lm-evaluation-harness's instead of lighteval's")]
    [InlineData(
        "llama-3.1-8b-instruct", "62.8", "humaneval_plus 0 pass@1,create_test",
        "chat template not applied instead of applied, prompt the begun function alone instead of EvalPlus's")]
    public void Score_IsMeasuredByItsOwnVariant(string model, string value, string run, string departures)
    {
        PublishedScore score = Known.Scores.First(s => s.Model == model && s.Value.Text == value);
        PublishedProtocol protocol = Known.ProtocolOf(score)!;
        Assert.Equal(run, $"{protocol.Tasks} {protocol.NumFewshot} {protocol.Score}");
        Assert.Equal(departures, string.Join(", ", ReproductionNotes.Departures(score, protocol)));
    }

    /// <summary>A protocol's own limit of tokens is no departure of the run, and the user's settings win over it one by one.</summary>
    [Fact]
    public void GenKwargs_OfTheUser_AreJoinedToThoseOfTheProtocol()
    {
        PublishedProtocol protocol = Known.Protocols.First(p => p.Id == "gsm8k-8-chat");
        var common = new RunOptions
        {
            Model = "m",
            Tasks = [],
        };
        RunOptions asked = protocol.Of(common);
        Assert.Equal("""{"max_gen_toks":1024}""", asked.GenerationSettings);
        Assert.Empty(ReproductionNotes.OfTheRun(asked, protocol));
        RunOptions joined = protocol.Of(common with { GenerationSettings = """{"do_sample":false}""" });
        Assert.Equal("""{"do_sample":false,"max_gen_toks":1024}""", joined.GenerationSettings);
        Assert.Contains("--gen-kwargs", Assert.Single(ReproductionNotes.OfTheRun(joined, protocol)), StringComparison.Ordinal);
        // The limit is one setting, whichever of its names the user writes.
        string[] limits = ["max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens"];
        Assert.All(limits, limit => Assert.Equal(
            """{"max_gen_toks":3}""",
            protocol.Of(common with { GenerationSettings = $$"""{"{{limit}}":3}""" }).GenerationSettings));
    }

    /// <summary>What the user asks for is done, and said to be a departure.</summary>
    [Fact]
    public void Options_OfTheUser_AreDoneAndSaid()
    {
        PublishedProtocol protocol = Known.Protocols.First(p => p.AddBosToken == true);
        var common = new RunOptions
        {
            Model = "m",
            Tasks = [],
        };
        Assert.Empty(ReproductionNotes.OfTheRun(protocol.Of(common), protocol));
        RunOptions asked = protocol.Of(common with { AddBosToken = false, Truncation = "left", EnableThinking = false });
        Assert.False(asked.AddBosToken);
        // Without a chat template it would be refused.
        Assert.Null(asked.EnableThinking);
        Assert.Equal(
            ["the beginning-of-text token was set by --add-bos-token false", "--truncation left was given"],
            ReproductionNotes.OfTheRun(asked, protocol));
        PublishedProtocol chat = Known.Protocols.First(p => p.ApplyChatTemplate);
        RunOptions thinking = chat.Of(common with { EnableThinking = false });
        Assert.Equal(["--enable-thinking false was given"], ReproductionNotes.OfTheRun(thinking, chat));
    }

    /// <summary>A model with many scores does not bury the verdict under them, and an equal setting is no cause.</summary>
    [Fact]
    public void KnownEffects_AreFew_TheNearestFirst()
    {
        PublishedScore score = Known.Scores.First(s => s is { Model: "qwen3-8b", Benchmark: "mmlu", Value.Text: "72.92" });
        string[] effects = [.. ReproductionNotes.KnownEffects(Known, score)];
        int same = effects.TakeWhile(e => e.StartsWith("also published, in the same setting: AutoRound", StringComparison.Ordinal)).Count();
        Assert.InRange(same, 1, 9);
        Assert.InRange(effects.Length, same + 1, 11);
        Assert.All(effects[same..^1], e => Assert.StartsWith("known to move it: ", e, StringComparison.Ordinal));
        PublishedScore often = Known.Scores.First(s => s is { Model: "llama-3.1-8b-instruct", Benchmark: "mmlu" });
        Assert.EndsWith(
            "more scores are published; see reproduce --list --as llama-3.1-8b-instruct",
            ReproductionNotes.KnownEffects(Known, often).ElementAt(10),
            StringComparison.Ordinal);
    }
}
