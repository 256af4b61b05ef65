using EvalHarness.Pythonic;

namespace EvalHarness.Tokens;

/// <summary>
/// Encodes a context and its continuation together and splits the tokens as lm-evaluation-harness does. Spaces at the end of the context
/// move to the continuation. The continuation's tokens are those of the whole text after as many tokens as the context alone has. An
/// instance must be used by one thread only.
/// </summary>
internal sealed class PairEncoder(ModelTokenizer tokenizer)
{
    /// <summary>The last context and its tokens: the choices of a question come one after the other and share their context.</summary>
    private string? _lastContext;
    private int[] _lastTokens = [];
    private int[] _lastWithPrefix = [];

    /// <returns>The same array of the context's tokens for contexts that are equal and follow each other.</returns>
    internal (int[] Context, int[] Continuation) Encode(string context, string continuation)
    {
        if (context.Length == 0)
        {
            int[] alone = tokenizer.Encode(continuation);
            return alone.Length > 0 && alone[0] == tokenizer.FirstToken ? (alone[..1], alone[1..]) : ([tokenizer.FirstToken], alone);
        }

        string kept = Python.Strip(context, null, left: false, right: true);
        continuation = context[kept.Length..] + continuation;
        if (kept.Length == 0)
            return (tokenizer.EncodePrompt(""), tokenizer.Encode(continuation));
        if (kept != _lastContext)
        {
            (_lastContext, _lastTokens) = (kept, tokenizer.Encode(kept));
            _lastWithPrefix = tokenizer.WithPrefix(_lastTokens);
        }

        int[] whole = tokenizer.Encode(kept + continuation);
        return (_lastWithPrefix, whole.Length > _lastTokens.Length ? whole[_lastTokens.Length..] : []);
    }
}
