using System.Buffers;
using EvalHarness.Prompts;

namespace EvalHarness.Tokens;

/// <summary>
/// Finds prompts whose data spells a special token, such as &lt;|im_end|&gt; in a question. It becomes that token, as in Hugging Face's
/// library, so the model may see the end of a turn where the data has a text.
/// </summary>
internal static class SpelledTokens
{
    /// <summary>A line about the documents whose prompts spell special tokens; null if there are none.</summary>
    internal static string? Warning(ModelTokenizer tokenizer, IReadOnlyList<Request> requests)
    {
        if (tokenizer.SpecialTokens.Count == 0 || requests.Count == 0)
            return null;
        var search = SearchValues.Create([.. tokenizer.SpecialTokens], StringComparison.Ordinal);
        var documents = new HashSet<long>();
        string? example = null;
        Prompt? last = null;
        foreach (Request request in requests)
        {
            // The choices of a question share their prompt.
            bool isNew = !ReferenceEquals(request.Prompt, last);
            last = request.Prompt;
            IEnumerable<string> texts = isNew ? Texts(request.Prompt) : [];
            if (request is LogLikelihoodRequest scored)
                texts = texts.Append(scored.Continuation);
            foreach (string text in texts)
            {
                int at = text.AsSpan().IndexOfAny(search);
                if (at < 0)
                    continue;
                documents.Add(request.Key.Document);
                example ??= tokenizer.SpecialTokens
                    .Where(t => text.AsSpan(at).StartsWith(t, StringComparison.Ordinal)).MaxBy(t => t.Length);
            }
        }

        return documents.Count == 0
            ? null
            : $"{requests[0].Key.Task}: the data of {documents.Count} document{(documents.Count == 1 ? "" : "s")} spells special tokens "
                + $"such as {example}; they become these tokens, as in Hugging Face's library";
    }

    /// <summary>The texts that come from data: the turns of a conversation, not what the chat template puts around them.</summary>
    private static IEnumerable<string> Texts(Prompt prompt) =>
        prompt.Messages.Count > 0 ? prompt.Messages.Select(m => m.Content) : [prompt.Text];
}
