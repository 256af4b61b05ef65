using EvalHarness.Prompts;

namespace EvalHarness.Engines;

/// <summary>The recorded answers that are found by their prompts, because their lines do not say which request they answer.</summary>
/// <param name="answers">All answers, of which the lines are read again.</param>
internal sealed class PromptAnswers(RecordedAnswers answers)
{
    /// <summary>Prompts with at least so many lines are resolved once; those with fewer whenever they are asked.</summary>
    private const int ManyLines = 16;

    private readonly PromptIndex _index = new();
    private readonly Dictionary<int, SharedAnswers> _resolved = [];

    /// <summary>The <see cref="PromptScope.Kind"/> of the lines.</summary>
    private readonly bool[] _kinds = new bool[4];

    /// <summary>Whether a prompt that several documents may ask has answers that differ.</summary>
    public bool HasDifferences { get; private set; }

    public void Add(RecordedAnswer answer)
    {
        string? continuation = answer.LogLikelihood is null ? answer.Continuation : answer.Continuation ?? "";
        foreach (string hash in ((string?[])[answer.ContextSha256, answer.MessagesSha256]).OfType<string>())
        {
            var scope = new PromptScope(answer.Task, answer.DocId, hash, continuation);
            _kinds[scope.Kind] = true;
            _index.Add(scope.Id(), LinePlace.Of(answer.Offset, continuation is null ? answer.Index : 0));
        }
    }

    /// <summary>Sorts the index, and compares the lines of each prompt.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: two lines contradict each other.</exception>
    public void Complete()
    {
        _index.Sort();
        foreach ((int first, int last, bool isOneDocument) in _index.Repeated())
        {
            var shared = new SharedAnswers(answers, Lines(first, last), isOneDocument);
            HasDifferences |= !isOneDocument && !HasDifferences && shared.Difference is not null;
        }
    }

    /// <summary>The answers to the request's prompt, of those lines that say most about whom they answer; null if there are none.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="hashes">The hashes of its prompt.</param>
    /// <param name="prompt">A number that is the same for requests with the same answers, and only for them.</param>
    public SharedAnswers? Find(Request request, PromptHashes hashes, out int prompt)
    {
        string? continuation = request switch
        {
            LogLikelihoodRequest likelihood => likelihood.Continuation,
            RollingLogLikelihoodRequest => "",
            _ => null,
        };
        prompt = -1;
        if (_index.Count == 0)
            return null;
        foreach (string? task in (string?[])[request.Key.Task, null])
        {
            foreach (long? document in (long?[])[request.Key.Document, null])
            {
                foreach (string hash in hashes.Known)
                {
                    var scope = new PromptScope(task, document, hash, continuation);
                    if (_kinds[scope.Kind] && Find(scope.Id(), out prompt) is { } shared)
                        return shared;
                }
            }
        }

        return null;
    }

    private SharedAnswers? Find(PromptId id, out int prompt)
    {
        (prompt, int last) = _index.Find(id);
        if (prompt == last)
            return null;
        if (_resolved.TryGetValue(prompt, out SharedAnswers? known))
            return known;
        var shared = new SharedAnswers(answers, Lines(prompt, last), id.IsOneDocument);
        if (last - prompt >= ManyLines)
            _resolved[prompt] = shared;
        return shared;
    }

    private IEnumerable<LinePlace> Lines(int first, int last) => Enumerable.Range(first, last - first).Select(i => _index[i]);
}
