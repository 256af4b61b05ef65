using EvalHarness.Analysis.Published;
using EvalHarness.Files;
using EvalHarness.Reports;

namespace EvalHarness.Tests.Reports;

public sealed class ReproductionTableTests
{
    private static readonly PublishedSource Source = new() { Id = "s", Title = "Source", Address = "https://example.org" };

    private static string Render(string published, ReproductionVerdict verdict, double difference, double low, double high) =>
        ReproductionTable.Render(
            new PublishedScores { Sources = [Source], Scores = [] },
            [
                new Reproduction
                {
                    Published = new PublishedScore { Model = "m", Benchmark = "b", Source = "s", Value = PrintedNumber.Parse(published)! },
                    Verdict = verdict,
                    Measured = 50,
                    Low = 40,
                    High = 60,
                    Rows = 100,
                    Difference = difference,
                    DifferenceLow = low,
                    DifferenceHigh = high,
                    PHolm = 0.012345,
                    Margin = 2,
                    CouldHide = Math.Max(-low, high),
                },
            ]);

    [Theory]
    [InlineData("85")]
    [InlineData("85.0")]
    [InlineData("84.95")]
    public void Published_IsPrintedAsTheSourcePrintedIt(string text) =>
        Assert.Contains($"| {text,9} |", Render(text, ReproductionVerdict.Agrees, 0, -1, 1), StringComparison.Ordinal);

    [Fact]
    public void Difference_IsNeverZeroPoints() => Assert.Contains(
        "| 0.04 [0.003, 0.1] | 0.0123 | DIFFERS by 0.04 points |",
        Render("85.0", ReproductionVerdict.Differs, 0.0441, 0.0031, 0.085),
        StringComparison.Ordinal);

    /// <summary>2.01 points are more than a margin of 2, and the text shows it.</summary>
    [Fact]
    public void CouldHide_IsRoundedUp() => Assert.Contains(
        "| -0.5 [-2.0, 1.0] | 0.0123 | not refuted: 2.1 points could hide |",
        Render("85.0", ReproductionVerdict.NotRefuted, -0.5, -2.01, 1),
        StringComparison.Ordinal);
}
