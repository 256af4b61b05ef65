namespace EvalHarness.Engines;

/// <summary>What lines without an index have in common.</summary>
/// <param name="Task">The task that they name, or null.</param>
/// <param name="Document">The document that they name, or null.</param>
/// <param name="Hash">The hash of the prompt's text, or of its messages.</param>
/// <param name="Continuation">Null for responses; empty for the log-likelihood of a whole text.</param>
internal readonly record struct PromptScope(string? Task, long? Document, string Hash, string? Continuation)
{
    /// <summary>Whether only one document can be meant.</summary>
    public bool IsOneDocument => Task is not null && Document is not null;
}

/// <summary>The recorded answers to one prompt, by the number of the repeat.</summary>
internal sealed class SharedAnswers(PromptScope scope)
{
    private readonly SortedDictionary<int, RecordedAnswer> _answers = [];
    private (RecordedAnswer First, RecordedAnswer Other)? _difference;
    private bool _isCompared;

    public PromptScope Scope => scope;

    /// <summary>How many lines came without a number; they answer the repeats in the order of the file.</summary>
    public int Unnumbered { get; set; }

    public int Count => _answers.Count;

    public RecordedAnswer? this[int place]
    {
        get => _answers.GetValueOrDefault(place);
        set => (_answers[place], _isCompared) = (value!, false);
    }

    /// <summary>The first line, and the first one that answers otherwise; null if all answer the same.</summary>
    public (RecordedAnswer First, RecordedAnswer Other)? Difference
    {
        get
        {
            if (!_isCompared)
            {
                RecordedAnswer first = _answers.First().Value;
                RecordedAnswer? other = _answers.Values.FirstOrDefault(a => !a.AnswersAs(first));
                (_difference, _isCompared) = (other is null ? null : (first, other), true);
            }

            return _difference;
        }
    }
}
