using EvalHarness.Tasks.Functions.Latex;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Says whether the answer of a response is the answer of a worked solution. It finds formulas in both, preferably those after "final
/// answer is" or in a box, and compares them as values.
/// </summary>
/// <remarks>
/// Source: the behaviour of Math-Verify as lm-evaluation-harness's math tasks call it. Values that only SymPy could compare, such as
/// integrals, sums and products of matrices, are compared as text.
/// </remarks>
internal static class MathVerify
{
    /// <param name="gold">The worked solution.</param>
    /// <param name="response">The text that the model wrote.</param>
    /// <param name="goldIsLatex">Whether the answer of the solution must be a formula. Otherwise it can also be a plain number.</param>
    internal static bool Matches(string gold, string response, bool goldIsLatex)
    {
        (MathValue? value, string? text) wanted = Extract(gold, plain: !goldIsLatex), given = Extract(response, plain: true);
        if (wanted.value is not null && given.value is not null && MathEquality.AreEqual(wanted.value, given.value))
            return true;
        return wanted.text is { Length: > 0 } && given.text is { Length: > 0 } && wanted.text == given.text;
    }

    /// <summary>
    /// Extracts the answer from a text. The first level with a match that can be parsed decides, and its matches are tried from the one
    /// that ends last.
    /// </summary>
    private static (MathValue? Value, string? Text) Extract(string text, bool plain)
    {
        string? first = null;
        foreach (AnswerPattern[] level in AnswerPattern.Levels)
        {
            IEnumerable<FoundAnswer> found = level
                .Where(pattern => plain || !pattern.IsPlain)
                .SelectMany(pattern => pattern.Find(text))
                .OrderByDescending(answer => answer.End)
                .ThenBy(answer => answer.Start);
            foreach (FoundAnswer answer in found)
            {
                (MathValue? value, string shown) = answer.Read();
                if (first is null && shown.Length > 0)
                    first = shown;
                if (value is not null)
                    return (value, first);
            }
        }

        return (null, first);
    }
}
