using System.Buffers;
using EvalHarness.Prompts;

namespace EvalHarness.Tokens;

/// <summary>
/// Finds prompts whose data spells a special token, such as &lt;|im_end|&gt; in a question. It becomes that token, as in Hugging Face's
/// library, so the model may see the end of a turn where the data has a text.
/// </summary>
/// <param name="tokenizer">The model's.</param>
internal sealed class SpelledTokens(ModelTokenizer tokenizer)
{
    private readonly SearchValues<string>? _search = tokenizer.SpecialTokens.Count == 0
        ? null
        : SearchValues.Create([.. tokenizer.SpecialTokens], StringComparison.Ordinal);

    private Prompt? _last;
    private string? _task, _example;
    private long? _document;
    private int _documents;

    /// <summary>A line about the documents whose prompts spell special tokens; null if there are none.</summary>
    internal string? Warning => _documents == 0
        ? null
        : $"{_task}: the data of {_documents} document{(_documents == 1 ? "" : "s")} spells special tokens "
            + $"such as {_example}; they become these tokens, as in Hugging Face's library";

    /// <summary>Looks at a request of a task. Those of a document come one after the other.</summary>
    internal void Look(Request request)
    {
        if (_search is null)
            return;
        _task ??= request.Key.Task;
        // The choices of a question share their prompt.
        bool isNew = !ReferenceEquals(request.Prompt, _last);
        _last = request.Prompt;
        if (isNew)
        {
            foreach (string text in Texts(request.Prompt))
                Look(text, request.Key.Document);
        }

        if (request is LogLikelihoodRequest scored)
            Look(scored.Continuation, request.Key.Document);
    }

    private void Look(string text, long document)
    {
        int at = text.AsSpan().IndexOfAny(_search!);
        if (at < 0)
            return;
        if (_document != document)
            (_document, _documents) = (document, _documents + 1);
        _example ??= tokenizer.SpecialTokens
            .Where(t => text.AsSpan(at).StartsWith(t, StringComparison.Ordinal)).MaxBy(t => t.Length);
    }

    /// <summary>The texts that come from data: the turns of a conversation, not what the chat template puts around them.</summary>
    private static IEnumerable<string> Texts(Prompt prompt) =>
        prompt.Messages.Count > 0 ? prompt.Messages.Select(m => m.Content) : [prompt.Text];
}
