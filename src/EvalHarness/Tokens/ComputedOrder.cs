using EvalHarness.Planning;

namespace EvalHarness.Tokens;

/// <summary>Collects the documents of a task in the order in which an engine computes their requests.</summary>
/// <param name="encoded">All requests of the task.</param>
/// <param name="window">The most tokens that the model may see at once.</param>
internal sealed class ComputedOrder(EncodedRequests encoded, int window)
{
    private readonly List<DocumentWork> _documents = [];

    /// <summary>Where each document stands in the list.</summary>
    private readonly Dictionary<long, int> _places = [];

    internal IReadOnlyList<DocumentWork> Documents => _documents;

    /// <summary>Adds requests that are computed over shared prefixes.</summary>
    internal ComputedOrder Add(PrefixPlan plan)
    {
        for (int place = 0; place < plan.Order.Count; place++)
        {
            int shared = place == 0 ? 0 : plan.Common(place - 1, place);
            Add(plan.Order[place], encoded.Sequences.Length(plan.Order[place]) - shared, shared);
        }

        return this;
    }

    /// <summary>Adds requests that are computed together, of which none is computed without the others.</summary>
    /// <param name="batch">Their numbers.</param>
    internal ComputedOrder Add(int[] batch)
    {
        long tokens = batch.Sum(number => (long)encoded.Capacity(number, window));
        for (int i = 0; i < batch.Length; i++)
            Add(batch[i], encoded.Sequences.Length(batch[i]), i == 0 ? 0 : tokens);
        return this;
    }

    /// <param name="number">The number of a request.</param>
    /// <param name="prompt">The tokens of its prompt that are computed.</param>
    /// <param name="shared">The tokens that are computed twice if it and the request before it are in different parts.</param>
    private void Add(int number, int prompt, long shared)
    {
        long document = encoded.Key(number).Document;
        long tokens = prompt + encoded.Capacity(number, window) - encoded.Sequences.Length(number);
        if (_places.TryAdd(document, _documents.Count))
            _documents.Add(new DocumentWork(document, tokens, shared));
        else
            _documents[_places[document]] = _documents[_places[document]] with { Tokens = _documents[_places[document]].Tokens + tokens };
    }
}
