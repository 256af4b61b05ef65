namespace EvalHarness.Results;

/// <summary>Names the scores of rows that are numbers. A task's rows share few names, so that each is one text.</summary>
internal sealed class NumericScores
{
    private readonly Dictionary<(string Metric, string Filter), string> _keys = [];

    /// <returns>By "METRIC,FILTER", in the order of the row. What is no finite number is left out.</returns>
    internal IEnumerable<(string Key, double Value)> Of(SampleRow row)
    {
        foreach (SampleScore score in row.Scores)
        {
            if (score.Number is not { } value)
                continue;
            if (!_keys.TryGetValue((score.Metric, score.Filter), out string? key))
                _keys[(score.Metric, score.Filter)] = key = score.Key;
            yield return (key, value);
        }
    }
}
