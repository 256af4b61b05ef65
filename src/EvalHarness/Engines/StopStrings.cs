namespace EvalHarness.Engines;

/// <summary>
/// Finds stop strings in a growing completion, also across token boundaries. The completion is cut before the stop that begins
/// first, as cutting by one stop after the other does.
/// </summary>
public sealed class StopStrings
{
    private readonly string[] _stops;
    private readonly int _longest;
    private string _tail = "";

    public StopStrings(IReadOnlyList<string> stops)
    {
        _stops = [.. stops.Where(s => s.Length > 0)];
        _longest = _stops.Length == 0 ? 0 : _stops.Max(s => s.Length);
    }

    /// <summary>Whether a stop is complete once this text is added; only as much of the past is kept as a stop can span.</summary>
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

    /// <summary>The text before the first stop, and whether there was one.</summary>
    public (string Text, bool Stopped) Cut(string completion)
    {
        int at = _stops.Select(stop => completion.IndexOf(stop, StringComparison.Ordinal)).Where(i => i >= 0).DefaultIfEmpty(-1).Min();
        return at < 0 ? (completion, false) : (completion[..at], true);
    }
}
