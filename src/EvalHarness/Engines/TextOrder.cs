using EvalHarness.Planning;
using EvalHarness.Prompts;

namespace EvalHarness.Engines;

/// <summary>
/// The documents of a task in their own order, with what their texts cost: of engines that have no tokens, or compute none. A character
/// counts as a quarter of a token.
/// </summary>
internal static class TextOrder
{
    private const int CharactersPerToken = 4;

    /// <param name="requests">All requests of a task, those of a document one after the other.</param>
    internal static IReadOnlyList<DocumentWork> Of(IEnumerable<Request> requests)
    {
        var documents = new List<DocumentWork>();
        string last = "";
        foreach (Request request in requests)
        {
            string text = request.Context;
            int shared = ReferenceEquals(text, last) ? text.Length : text.AsSpan().CommonPrefixLength(last);
            last = text;
            long characters = text.Length - shared + ((request as LogLikelihoodRequest)?.Continuation.Length ?? 0);
            long tokens = (characters / CharactersPerToken) + ((request as GenerateRequest)?.Options.MaxTokens ?? 0);
            if (documents.Count > 0 && documents[^1].Document == request.Key.Document)
                documents[^1] = documents[^1] with { Tokens = documents[^1].Tokens + tokens };
            else
                documents.Add(new DocumentWork(request.Key.Document, tokens, documents.Count == 0 ? 0 : shared / CharactersPerToken));
        }

        return documents;
    }
}
