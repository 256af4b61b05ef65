using EvalHarness.Pythonic;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>
/// Context and continuation encoded together and split as the reference does: spaces at the end of the context belong to the
/// continuation, and the continuation is what the whole has beyond the context's own number of tokens. One thread's own.
/// </summary>
internal sealed class PairEncoder(ModelTokenizer tokenizer)
{
    /// <summary>The choices of a question come one after the other and share their context, which is encoded once.</summary>
    private string? _lastContext;
    private int[] _lastTokens = [];

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
            (_lastContext, _lastTokens) = (kept, tokenizer.Encode(kept));
        int[] whole = tokenizer.Encode(kept + continuation);
        return (tokenizer.WithPrefix(_lastTokens), whole.Length > _lastTokens.Length ? whole[_lastTokens.Length..] : []);
    }
}
