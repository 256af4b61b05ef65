using EvalHarness.OpenAI.Api;
using EvalHarness.Prompts;
using EvalHarness.Pythonic;

namespace EvalHarness.OpenAI.Engine;

/// <summary>
/// A text to be scored where no tokenizer is known: the server makes tokens of it, and the texts of those tokens say where the continuation
/// begins. A token that lies across that place would be part of both, so such a request fails.
/// </summary>
/// <param name="Whole">What is sent.</param>
/// <param name="Start">The characters of it that are context.</param>
internal sealed record ScoredText(string Whole, int Start)
{
    private const string NeedsTokenizer = "name the model's tokenizer.json with --tokenizer";

    /// <summary>As lm-evaluation-harness does, whitespace at the end of the context belongs to the continuation.</summary>
    internal static ScoredText Of(Request request) => request is LogLikelihoodRequest likelihood
        ? new ScoredText(
            likelihood.Context + likelihood.Continuation, Python.Strip(likelihood.Context, null, left: false, right: true).Length)
        : new ScoredText(request.Context, 0);

    /// <summary>Finds the tokens of the continuation, and how many tokens stand before them.</summary>
    /// <exception cref="AnswerException">The tokens do not spell the text, or one lies across the place.</exception>
    internal (ScoredToken[] Continuation, int Before) Find(IReadOnlyList<ScoredToken> scored)
    {
        string spelled = string.Concat(scored.Select(t => t.Text));
        // A beginning-of-text token stands before the text, and some tokenizers put a space before the first word.
        int shift = spelled.StartsWith(Whole, StringComparison.Ordinal) ? 0
            : scored.Count > 0 && scored[0].LogProbability is null
                && spelled.AsSpan(scored[0].Text.Length).TrimStart(' ').StartsWith(Whole.AsSpan().TrimStart(' '))
                ? spelled.IndexOf(Whole.TrimStart(' '), scored[0].Text.Length, StringComparison.Ordinal) - Leading(Whole)
            : spelled.StartsWith($" {Whole}", StringComparison.Ordinal) ? 1
            : throw new AnswerException($"the texts of the server's tokens do not spell the prompt; {NeedsTokenizer}");
        int first = Boundary(scored, shift + Start, isStart: true), end = Boundary(scored, shift + Whole.Length, isStart: false);
        if (first < 0 || end < 0)
            throw new AnswerException($"a token of the server lies across the beginning or the end of the continuation; {NeedsTokenizer}");
        // The first token of a text has nothing before it that it could follow from.
        if (first == 0 || end <= first)
            throw new AnswerException($"a text without a context, or without a token of its own, cannot be scored so; {NeedsTokenizer}");
        return ([.. scored.Take(end).Skip(first)], first);
    }

    private static int Leading(string text) => text.Length - text.TrimStart(' ').Length;

    /// <summary>How many tokens stand before a character; -1 if it lies within one.</summary>
    private static int Boundary(IReadOnlyList<ScoredToken> scored, int at, bool isStart)
    {
        int length = 0;
        for (int i = 0; i <= scored.Count; i++)
        {
            // Before a character may stand tokens without a text; they belong to what is before it.
            if (length == at && (!isStart || i == scored.Count || scored[i].Text.Length > 0))
                return i;
            if (length > at || i == scored.Count)
                return -1;
            length += scored[i].Text.Length;
        }

        return -1;
    }
}
