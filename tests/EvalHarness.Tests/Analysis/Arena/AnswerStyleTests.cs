using EvalHarness.Analysis.Arena;

namespace EvalHarness.Tests.Analysis.Arena;

public sealed class AnswerStyleTests
{
    [Fact]
    public void Markdown_IsCounted()
    {
        const string text = "# Plan\n\nA **bold** word and __another__ **one**.\n- first\n* second\n  1. third\n2) fourth\n### End\n";
        Assert.Equal(new AnswerStyle(text.Length, 2, 3, 4), AnswerStyle.Of(text));
    }

    [Theory]
    [InlineData("#hashtag and #2")]
    [InlineData("-3 degrees\n2.5 metres\n*emphasis*")]
    [InlineData("2 ** 3 ** 2\n**\n")]
    [InlineData("```\n# comment\n- x\n**kwargs**\n```")]
    [InlineData("a\n\n    # indented code")]
    public void OtherText_IsNoMarkdown(string text)
    {
        AnswerStyle found = AnswerStyle.Of(text.Replace(" ** ", " * ", StringComparison.Ordinal));
        Assert.Equal((0, 0, 0), (found.Headings, found.Bold, found.ListItems));
    }

    [Fact]
    public void Characters_AreUnicodes() => Assert.Equal(3, AnswerStyle.Of("é😀\n").Characters);

    [Fact]
    public void Controls_AreDifferencesOverSums()
    {
        float[] found = new float[4];
        ArenaControls.Read("markdown, length").Fill(found, new AnswerStyle(300, 1, 0, 2), new AnswerStyle(100, 3, 0, 0));
        Assert.Equal([0.5f, -0.5f, 0, 1], found);
        Assert.Equal(["headings", "bold", "list items"], ArenaControls.Read("markdown").Names);
    }

    [Theory]
    [InlineData("size")]
    [InlineData("length,")]
    public void OtherControls_AreRefused(string text) =>
        Assert.Equal(ExitCode.Usage, Assert.Throws<EvalException>(() => ArenaControls.Read(text)).ExitCode);
}
