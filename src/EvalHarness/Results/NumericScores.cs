using System.Text.Json;

namespace EvalHarness.Results;

/// <summary>
/// Reads the numbers of <see cref="SampleRow.Scores"/>. A task's rows share few texts, for example one for right and one for wrong, so
/// the latest are kept with what they say.
/// </summary>
internal sealed class NumericScores
{
    private const int Kept = 1_024;

    private static readonly JsonDocumentOptions NoKeyTwice = new() { AllowDuplicateProperties = false };

    private readonly Dictionary<string, (string Key, double Value)[]> _known = [];
    private readonly Dictionary<string, string> _keys = [];

    /// <returns>By "METRIC,FILTER", in the order of the text. What an aggregation takes instead of a number is left out.</returns>
    internal IReadOnlyList<(string Key, double Value)> Of(SampleRow row)
    {
        if (_known.TryGetValue(row.Scores, out (string Key, double Value)[]? scores))
            return scores;
        using var parsed = JsonDocument.Parse(row.Scores, NoKeyTwice);
        scores =
        [
            .. parsed.RootElement.EnumerateObject()
                .Where(s => s.Value.ValueKind == JsonValueKind.Number)
                .Select(s => (Shared(s.Name), s.Value.GetDouble())),
        ];
        if (_known.Count == Kept)
            _known.Clear();
        return _known[row.Scores] = scores;
    }

    private string Shared(string key) => _keys.TryGetValue(key, out string? known) ? known : _keys[key] = key;
}
