using EvalHarness.Data;
using EvalHarness.Scoring;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Scoring;

public sealed class FilterPipelineTests
{
    private static readonly TaskDefinition Gsm8k = TaskCatalog.Load([]).Select(["gsm8k"]).Tasks[0];

    private static string Gsm8kAnswer(string filter, string response) =>
        new FilterPipeline(Gsm8k, Gsm8k.Filters.First(f => f.Name == filter)).Apply(
            [response], new Document(new Dictionary<string, object?>()))[0];

    private static IReadOnlyList<string> Apply(string[] responses, params FilterDefinition[] steps) =>
        new FilterPipeline(Gsm8k, new FilterPipelineDefinition("test", steps)).Apply(
            responses, new Document(new Dictionary<string, object?> { ["prompt"] = "def f():\n" }));

    private static FilterDefinition Step(string function, params (string Key, object? Value)[] options) =>
        new(function, options.ToDictionary(o => o.Key, o => o.Value));

    [Theory]
    [InlineData("so 3 + 4 = 7.\n#### 7", "7", "7")]
    [InlineData("#### 1,234.50\nQ", "1,234.50", "1,234.50")]
    [InlineData("the answer is $18.", "[invalid]", "$18.")]
    [InlineData("#### -5", "-5", "-5")]
    [InlineData("no number", "[invalid]", "[invalid]")]
    [InlineData("first 12 then 9", "[invalid]", "9")]
    public void Gsm8k_StrictAndFlexible_Table(string response, string strict, string flexible)
    {
        Assert.Equal(strict, Gsm8kAnswer("strict-match", response));
        Assert.Equal(flexible, Gsm8kAnswer("flexible-extract", response));
    }

    [Fact]
    public void MajorityVote_Tie_TakesTheFirst() => Assert.Equal(["b"], Apply(["b", "a", "a", "b"], Step("majority_vote")));

    [Fact]
    public void TakeFirstK_TooFew_SaysSo() =>
        Assert.Contains(
            "2 responses, 3 wanted",
            Assert.Throws<EvalException>(() => Apply(["a", "b"], Step("take_first_k", ("k", 3L)))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Map_UnknownKey_TakesTheDefault() =>
        Assert.Equal(["1", "None"], Apply(["A", "Z"], Step("map", ("mapping_dict", new Dictionary<string, object?> { ["A"] = 1L }))));

    [Fact]
    public void BuildPredictions_PutsThePromptBefore() =>
        Assert.Equal(["def f():\n    return 1"], Apply(["    return 1"], Step("build_predictions")));

    [Fact]
    public void Regex_PythonNamedGroup_IsRead() =>
        Assert.Equal(["42"], Apply(["x=42"], Step("regex", ("regex_pattern", "x=(?P<number>[0-9]+)"))));

    [Fact]
    public void Unknown_IsRefused() =>
        Assert.Contains(
            "no such filter", Assert.Throws<EvalException>(() => Apply(["a"], Step("reverse"))).Message, StringComparison.Ordinal);

    [Fact]
    public void UnknownOption_IsRefused() =>
        Assert.Contains(
            "unknown option colour",
            Assert.Throws<EvalException>(() => Apply(["a"], Step("take_first", ("colour", "red")))).Message,
            StringComparison.Ordinal);
}
