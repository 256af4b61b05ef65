using EvalHarness.Prompts;
using EvalHarness.Tokens;

namespace EvalHarness.Tests.Families;

/// <summary>The ids of a context and its continuation, split as lm-evaluation-harness defines it.</summary>
/// <param name="Key">The request.</param>
/// <param name="Ids">All ids.</param>
/// <param name="From">The position of the continuation's first id.</param>
internal sealed record FamilyTokens(RequestKey Key, int[] Ids, int From)
{
    /// <summary>
    /// Spaces at the end of the context belong to the continuation, whose ids are those of the whole text after as many as the context has
    /// when it stands alone. The model reads the context as it is alone, also where the whole text has another token across the border.
    /// </summary>
    internal static FamilyTokens Of(ModelTokenizer tokenizer, LogLikelihoodRequest request)
    {
        string context = request.Context.TrimEnd();
        int[] whole = tokenizer.Encode(request.Context + request.Continuation);
        if (context.Length == 0)
            return whole[0] == tokenizer.FirstToken ? new(request.Key, whole, 1) : new(request.Key, [tokenizer.FirstToken, .. whole], 1);
        int[] alone = tokenizer.Encode(context), begun = tokenizer.WithPrefix(alone);
        return new(request.Key, [.. begun, .. whole.Skip(alone.Length)], begun.Length);
    }
}
