namespace EvalHarness.Engines;

/// <summary>The places of the recorded answers to one prompt, by the number of the repeat.</summary>
internal sealed class SharedAnswers
{
    private readonly SortedDictionary<int, LinePlace> _places = [];
    private readonly RecordedAnswers _answers;
    private readonly Lazy<(RecordedAnswer First, RecordedAnswer Other)?> _difference;

    /// <param name="answers">All answers, of which the lines are read again.</param>
    /// <param name="lines">The lines of the prompt, in the order of the file.</param>
    /// <param name="isOneDocument">Whether only one document can be meant.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: two lines give one repeat different answers.</exception>
    public SharedAnswers(RecordedAnswers answers, IEnumerable<LinePlace> lines, bool isOneDocument)
    {
        (_answers, IsOneDocument) = (answers, isOneDocument);
        // Lines without a number answer the repeats in the order of the file.
        int unnumbered = 0;
        foreach (LinePlace line in lines)
        {
            int number = line.IsInLine ? answers.At(line)[0].Index!.Value : line.Number ?? unnumbered++;
            bool isKept = _places.TryGetValue(number, out LinePlace earlier)
                && answers.Chosen(answers.At(earlier)[0], answers.At(line)[0]).Offset == earlier.Offset;
            if (!isKept)
                _places[number] = line;
        }

        _difference = new Lazy<(RecordedAnswer, RecordedAnswer)?>(Compare);
    }

    public bool IsOneDocument { get; }

    public int Count => _places.Count;

    public RecordedAnswer? this[int number] => _places.TryGetValue(number, out LinePlace place) ? _answers.At(place)[0] : null;

    /// <summary>The first line, and the first one that answers otherwise; null if all answer the same.</summary>
    public (RecordedAnswer First, RecordedAnswer Other)? Difference => _difference.Value;

    private (RecordedAnswer First, RecordedAnswer Other)? Compare()
    {
        if (_places.Count == 1)
            return null;
        RecordedAnswer? first = null;
        foreach (LinePlace place in _places.Values)
        {
            RecordedAnswer answer = _answers.At(place)[0];
            first ??= answer;
            if (!answer.AnswersAs(first))
                return (first, answer);
        }

        return null;
    }
}
