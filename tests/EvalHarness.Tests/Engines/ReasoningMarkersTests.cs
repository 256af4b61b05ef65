using System.Text.Json;
using EvalHarness.Engines;

namespace EvalHarness.Tests.Engines;

/// <summary>
/// How whole texts are divided. The cases of reasoning.json are random texts of ours with what postprocess_generated_text of
/// lm-evaluation-harness makes of them, for the marker &lt;/think&gt;.
/// </summary>
public sealed class ReasoningMarkersTests
{
    private sealed record Case(string Completion, string[] Until, string Text);

    [Fact]
    public void Divide_ThenCut_IsWhatTheReferenceMakes()
    {
        string json = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Engines", "reasoning.json"));
        Case[] cases = JsonSerializer.Deserialize<Case[]>(json, JsonSerializerOptions.Web)!;
        Assert.Equal(400, cases.Length);
        var markers = ReasoningMarkers.WithoutTokenizer("</think>")!;
        foreach (Case one in cases)
        {
            string text = markers.Divide(one.Completion, isOpen: null, isCut: false).Text;
            Assert.Equal(one.Text, new StopStrings(one.Until).Cut(text).Text);
        }
    }

    [Theory]
    [InlineData("a<think>\n", true)]
    [InlineData("a<think>\n\n</think>\n\n", false)]
    [InlineData("Explain the tag <think> to me.", null)]
    [InlineData("", null)]
    public void Prompt_SaysAtItsEndWhetherThinkingIsOpen(string prompt, bool? open) =>
        Assert.Equal(open, ReasoningMarkers.WithoutTokenizer("</think>")!.IsOpenAfter(prompt));

    [Fact]
    public void WithoutTokenizer_AnId_IsRefused() =>
        Assert.Equal(ExitCode.Usage, Assert.Throws<EvalException>(() => ReasoningMarkers.WithoutTokenizer("151668")).ExitCode);

    [Theory]
    [InlineData("</own>", "<own>")]
    [InlineData("[/OWN]", "[OWN]")]
    [InlineData("◁/think▷", "◁think▷")]
    [InlineData("final answer:", null)]
    public void Given_KnowsTheStartWhereAnythingSaysIt(string end, string? start) =>
        Assert.Equal(start, ReasoningMarkers.Given(end).Start);
}
