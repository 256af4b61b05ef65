using System.Globalization;
using EvalHarness.Engines;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tokens;

/// <summary>Which markers divide the completions of a model with a tokenizer into reasoning and answer.</summary>
internal static class ReasoningChoice
{
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="option">
    /// The value of <c>--think-end-token</c>: a text, the id of a token, or "none"; null for a known pair that the tokenizer has.
    /// </param>
    /// <returns>Null where completions stay whole.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: the tokenizer has no token of that id.</exception>
    internal static ReasoningMarkers? Of(ITokenizer tokenizer, string? option)
    {
        if (option == ReasoningMarkers.Off)
            return null;
        if (option is null)
        {
            foreach ((string Start, string End) pair in ReasoningMarkers.Known)
            {
                if (TokenOf(tokenizer, pair.End) is { } token && TokenOf(tokenizer, pair.Start) is not null)
                    return ReasoningMarkers.Found(pair) with { EndId = IdIfHidden(tokenizer, token) };
            }

            return null;
        }

        if (int.TryParse(option, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
        {
            string text = tokenizer.Decode([id], skipSpecialTokens: false);
            return text.Length > 0
                ? ReasoningMarkers.Given(text) with { EndId = id }
                : throw new EvalException(ExitCode.Usage, $"--think-end-token {option}: the model's tokenizer has no token of this id");
        }

        int? given = TokenOf(tokenizer, option);
        return ReasoningMarkers.Given(option) with { EndId = given is { } one ? IdIfHidden(tokenizer, one) : null };
    }

    /// <summary>The token that is a text; null if the tokenizer makes several tokens of it.</summary>
    private static int? TokenOf(ITokenizer tokenizer, string text)
    {
        try
        {
            return tokenizer.Encode(text) is [var token] && tokenizer.Decode([token], skipSpecialTokens: false) == text ? token : null;
        }
        catch (UnencodableTextException)
        {
            return null;
        }
    }

    /// <summary>The token if it is a special one, which decoded texts do not show; otherwise null, and its text is looked for.</summary>
    private static int? IdIfHidden(ITokenizer tokenizer, int token) => tokenizer.Decode([token]).Length == 0 ? token : null;
}
