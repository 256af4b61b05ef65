using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>Parses a matrix, which a formula before it can multiply and which can be transposed.</summary>
internal static partial class MatrixParser
{
    /// <exception cref="LatexException">
    /// The text is no such matrix, or its rows have different lengths, or it is a calculation with several matrices.
    /// </exception>
    internal static MathMatrix Parse(string text)
    {
        Match match = Matrix().Match(text.Strip());
        string begin = match.Groups["begin"].Value;
        if (!match.Success || match.Groups["end"].Value != begin && begin is "array" || match.Groups["rows"].Value.Contains(
            @"\begin", StringComparison.Ordinal))
            throw new LatexException("the text is not a single matrix") { IsFormula = true };
        string[] lines = AnswerSplitting.At(match.Groups["rows"].Value, [@"\\"]);
        if (lines.Length > 1 && lines[^1].Strip().Length == 0)
            lines = lines[..^1];
        LatexNode[][] rows = [.. lines.Select(
            line => AnswerSplitting.At(line, ["&"]).Select(LatexParser.ParseAll).ToArray())];
        if (rows.Any(row => row.Length != rows[0].Length))
            throw new LatexException("the rows of the matrix have different lengths");
        if (match.Groups["transposed"].Success)
            rows = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Select(row => row[column]).ToArray())];
        string factor = match.Groups["factor"].Value.Strip();
        LatexNode? scale = factor switch
        {
            "" or "+" => null,
            "-" => new LatexNumber(new Fraction(-1, 1)),
            _ => LatexParser.ParseAll(Times().Replace(factor, "")),
        };
        return new MathMatrix([.. rows.Select(row => row
            .Select(entry => scale is null ? entry : new LatexBinary('*', scale, entry))
            .ToArray())]);
    }

    [GeneratedRegex(
        @"^(?<factor>(?:(?!\\begin).)*?)(?<open>[({\[])?\s*\\begin\s*\{(?<begin>matrix|pmatrix|bmatrix|array)\}"
        + @"(?<columns>(?<=array\})\{[clr]*\})?(?<rows>.*)\\end\s*\{(?<end>matrix|pmatrix|bmatrix|array)\}\s*"
        + @"(?(open)[)}\]])\s*(?<transposed>\^(?:T|\{T\}|\{\\top\}|\\top)|')?$",
        RegexOptions.Singleline)]
    private static partial Regex Matrix();

    [GeneratedRegex(@"\s*(?:\*|\\cdot|\\times)\s*$")]
    private static partial Regex Times();
}
