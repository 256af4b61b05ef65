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

    /// <summary>
    /// Numbers that doubles would make equal, because they overflow, underflow or have too many digits, and equal numbers of these sizes.
    /// </summary>
    [Theory]
    [InlineData(@"2^{2007}", @"2^{2008}", false)]
    [InlineData(@"2^{2007}", @"2^{2007}+1", false)]
    [InlineData(@"2^{1500}", @"2^{1400}", false)]
    [InlineData(@"2^{2005}", @"\infty", false)]
    [InlineData(@"2^{2005}", @"2005^{2005}", false)]
    [InlineData(@"3\cdot 2^{2004}", @"2^{2004}", false)]
    [InlineData(@"\begin{pmatrix} 2^{2005} \\ 1 \end{pmatrix}", @"\begin{pmatrix} 2^{2006} \\ 1 \end{pmatrix}", false)]
    [InlineData(@"\frac1{2^{1500}}", @"\frac1{2^{1400}}", false)]
    [InlineData(@"10^{-400}", @"10^{-500}", false)]
    [InlineData(@"\frac1{2^{50}}", @"\frac1{2^{60}}", false)]
    [InlineData(@"\frac{1}{10^{20}}", @"\frac{2}{10^{20}}", false)]
    [InlineData(@"10^{10}", @"10^{10}+1", false)]
    [InlineData(@"20!", @"2432902008176640001", false)]
    [InlineData(@"2^{53}", @"2^{53}+1", false)]
    [InlineData(@"2^{60}-1", @"2^{60}", false)]
    [InlineData(@"2^{100}", @"2^{100}+1", false)]
    [InlineData(@"10^{20}", @"10^{20}+1", false)]
    [InlineData(@"\binom{100}{50}", @"100891344545564193334812497257", false)]
    [InlineData(@"\sqrt{10^{20}+1}", @"10^{10}", false)]
    [InlineData(@"2^{1000}+x", @"2^{1000}+y", false)]
    [InlineData(@"e^{-1000}", @"e^{-2000}", false)]
    [InlineData(@"e^{1000}", @"e^{2000}", false)]
    [InlineData(@"2^{1000}\sqrt2", @"2^{1000}\sqrt2+1", false)]
    [InlineData(@"10^{30}\pi", @"10^{30}\pi+1", false)]
    [InlineData(@"2^{100000}", @"2^{100001}", false)]
    [InlineData(@"x=10^{-20}", @"x=2\cdot10^{-20}", false)]
    [InlineData(@"x=2^{60}", @"x=2^{60}+1", false)]
    [InlineData(@"\{2^{53},1\}", @"\{2^{53}+1,1\}", false)]
    [InlineData(@"(1,2^{53})", @"(1,2^{53}+1)", false)]
    [InlineData(@"2^{1000}+\sin x", @"2^{1000}+\sin y", false)]
    [InlineData(@"\sqrt[3]{2^{3000}+1}", @"2^{1000}", false)]
    [InlineData(@"y=2^{60}x", @"y=(2^{60}+1)x", false)]
    [InlineData(@"2000!", @"2001!", false)]
    [InlineData(@"100000!", @"100001!", false)]
    [InlineData(@"9^{9^{9}}", @"9^{9^{8}}", false)]
    [InlineData(@"2^{2000}i", @"2^{2001}i", false)]
    [InlineData(@"\infty", @"2^{2005}", false)]
    [InlineData(@"-2^{2005}", @"-\infty", false)]
    [InlineData(@"2^{-2000}", @"0", false)]
    [InlineData(@"0", @"2^{-2000}", false)]
    [InlineData(@"\frac{x}{2^{50}}", @"\frac{x}{2^{60}}", false)]
    [InlineData(@"2^{2005}", @"-2^{2005}", false)]
    [InlineData(@"2^{2005}\%", @"2^{2006}\%", false)]
    [InlineData(@"(0,1)\cup(2,2^{53})", @"(0,1)\cup(2,2^{53}+1)", false)]
    [InlineData("x > 2^{53}", @"(2^{53}+1,\infty)", false)]
    [InlineData(@"(0,1)\cup(2,2^{53})", @"(2,2^{53})\cup(0,1)", true)]
    [InlineData(@"2^{10}", @"1024", true)]
    [InlineData(@"2^{100}", @"1267650600228229401496703205376", true)]
    [InlineData(@"20!", @"2432902008176640000", true)]
    [InlineData(@"\frac1{2^{50}}", @"2^{-50}", true)]
    [InlineData(@"\binom{100}{50}", @"100891344545564193334812497256", true)]
    [InlineData(@"\sqrt{10^{20}}", @"10^{10}", true)]
    [InlineData(@"2^{2007}", @"2\cdot 2^{2006}", true)]
    [InlineData(@"2^{2007}", @"2^{2007}", true)]
    [InlineData(@"4^{1000}", @"2^{2000}", true)]
    [InlineData(@"2^{1000}+x", @"x+2^{1000}", true)]
    [InlineData(@"\infty", @"\infty", true)]
    [InlineData(@"10^{20}+1", @"100000000000000000001", true)]
    [InlineData(@"\sqrt{2}\cdot\sqrt{3}", @"\sqrt{6}", true)]
    [InlineData(@"\sqrt{3+2\sqrt2}", @"1+\sqrt2", true)]
    [InlineData(@"2^{1000}\sqrt{8}", @"2^{1001}\sqrt2", true)]
    [InlineData(@"2^{100000}", @"2^{100000}", true)]
    [InlineData(@"9^{9^{9}}", @"9^{9^{9}}", true)]
    [InlineData(@"\begin{pmatrix} 2^{2005} \\ 1 \end{pmatrix}", @"\begin{pmatrix} 2\cdot2^{2004} \\ 1 \end{pmatrix}", true)]
    [InlineData(@"e^{-1000}", @"\frac{1}{e^{1000}}", true)]
    [InlineData(@"e^{1000}", @"(e^{500})^2", true)]
    [InlineData(@"2^{1000}\pi", @"\frac{2^{1001}\pi}{2}", true)]
    [InlineData(@"\frac{1-2^{-100}}{1}", @"\frac{2^{100}-1}{2^{100}}", true)]
    [InlineData(@"y=2^{60}x", @"x=2^{-60}y", true)]
    [InlineData(@"\frac{1}{3}", @"0.333333", true)]
    [InlineData(@"\sqrt{2}", @"1.414214", true)]
    [InlineData(@"\frac{2007!}{2006!}", @"2007", true)]
    [InlineData(@"\binom{2000}{3}", @"1331334000", true)]
    [InlineData(@"\cos\frac{\pi}{5}", @"\frac{1+\sqrt5}{4}", true)]
    [InlineData(@"\log_2 8", @"3", true)]
    [InlineData(@"\frac{3^{2008}-1}{2}", @"\frac{3\cdot3^{2007}-1}{2}", true)]
    [InlineData(@"x^{200}-1", @"-(1-x^{200})", true)]
    [InlineData(@"2^n\cdot 2", @"2^{n+1}", true)]
    [InlineData(@"\sin^2 x+\cos^2 x+x", @"1+x", true)]
    [InlineData(@"(1,2^{2005})", @"(1,2\cdot2^{2004})", true)]
    [InlineData(@"123456789012345678.123456789012345", @"123456789012345678.123457", true)]
    [InlineData(@"\sqrt{x^2}+2^{1000}", @"2^{1000}+|x|", true)]
    public void Matches_LargeAndSmallNumbers_AreComparedExactly(string gold, string answer, bool equal) =>
        Assert.Equal(equal, MathVerify.Matches($@"\boxed{{{gold}}}", $@"The answer is $\boxed{{{answer}}}$.", goldIsLatex: false));
}
