namespace EvalHarness.Engines;

/// <summary>
/// Finds stop strings in a growing completion, even if they span several tokens. The completion is cut before the stop string
/// that begins first, which gives the same text as cutting at each stop string in turn.
/// </summary>
internal sealed class StopStrings
{
    private readonly string[] _stops;
    private readonly int _longest;
    private string _tail = "";

    public StopStrings(IReadOnlyList<string> stops)
    {
        _stops = [.. stops.Where(s => s.Length > 0)];
        _longest = _stops.Length == 0 ? 0 : _stops.Max(s => s.Length);
    }

    /// <summary>
    /// Appends newly generated text and says whether a stop string is complete now. Only as many characters of earlier text are
    /// kept as a stop string can span.
    /// </summary>
    public bool Add(string text)
    {
        if (_stops.Length == 0)
            return false;
        _tail += text;
        bool found = _stops.Any(stop => _tail.Contains(stop, StringComparison.Ordinal));
        if (_tail.Length >= _longest)
            _tail = _tail[^(_longest - 1)..];
        return found;
    }

    /// <summary>Returns the text before the first stop string, and whether there was a stop string.</summary>
    public (string Text, bool Stopped) Cut(string completion)
    {
        int at = _stops
            .Select(stop => completion.IndexOf(stop, StringComparison.Ordinal))
            .Where(i => i >= 0)
            .DefaultIfEmpty(-1)
            .Min();
        return at < 0 ? (completion, false) : (completion[..at], true);
    }
}
