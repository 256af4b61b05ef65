using System.Text.Json;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Tests.Tasks.Functions;

/// <summary>
/// Compares answers as Math-Verify 0.8 does. The table has pairs of our own, and what Math-Verify with latex2sympy2_extended 1.11 says of
/// each.
/// </summary>
public sealed class MathVerifyTests
{
    private static readonly string Table = Path.Combine(AppContext.BaseDirectory, "Tasks", "Functions", "math-verify-pairs.jsonl");

    [Fact]
    public void Matches_Table_AsMathVerify()
    {
        string[] wrong = [.. File.ReadLines(Table)
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line))
            .Where(pair => MathVerify.Matches(pair[0].GetString()!, pair[1].GetString()!, goldIsLatex: false) != pair[2].GetBoolean())
            .Select(pair => pair.GetRawText())];
        Assert.True(wrong.Length == 0, $"{wrong.Length} differ:\n{string.Join('\n', wrong.Take(20))}");
    }

    [Theory]
    [InlineData(@"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", @"\begin{bmatrix} 1.0 \\ \frac{4}{2} \end{bmatrix}", true)]
    [InlineData(@"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", @"\begin{pmatrix} 2 \\ 1 \end{pmatrix}", false)]
    [InlineData(@"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", @"\begin{pmatrix} 1 & 2 \end{pmatrix}", false)]
    [InlineData(@"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", @"\begin{pmatrix} 1 & 2 \end{pmatrix}^T", true)]
    [InlineData("9", @"\begin{pmatrix} 9 & 1 \\ 2 & 3 \end{pmatrix}", false)]
    [InlineData(@"(1,2)\cup(3,4)", @"(3,4)\cup(1,2)", true)]
    [InlineData(@"(1,2)\cup(3,4)", @"(1,2)\cup(3,5)", false)]
    [InlineData(@"[1,2]\cup[2,3]", "[1,3]", true)]
    [InlineData(@"(1,2)\cup(2,3)", "(1,3)", false)]
    [InlineData(@"\mathbb{R}\setminus\{3\}", @"(-\infty,3)\cup(3,\infty)", true)]
    [InlineData("x > 3", @"(3,\infty)", true)]
    [InlineData("x > 3", @"[3,\infty)", false)]
    [InlineData(@"(3,\infty)", "x > 3", false)]
    [InlineData(@"\{1,2\}", "2, 1", true)]
    [InlineData("(1,2,3)", "(3,2,1)", false)]
    [InlineData("(1,2,3)", @"\{1,2,3\}", true)]
    [InlineData("[1,2)", "(1,2)", false)]
    [InlineData(@"\int x \, dx", @"\int y \, dy", false)]
    [InlineData(@"\sum_{i=1}^n i", "1", false)]
    public void Matches_KindsOfValues_AreComparedAsSuch(string gold, string answer, bool equal) =>
        Assert.Equal(equal, MathVerify.Matches($@"So $\boxed{{{gold}}}$.", $@"The answer is $\boxed{{{answer}}}$.", goldIsLatex: true));
}
