using System.Text.Json;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>Counts what differs from what is expected, and keeps the first few.</summary>
internal sealed class Differences
{
    private readonly List<string> _first = [];
    private int _count;

    internal void Check<T>(IEnumerable<T> expected, IEnumerable<T> found, string of)
    {
        if (expected.SequenceEqual(found))
            return;
        _count++;
        if (_first.Count < 5)
            _first.Add($"{JsonSerializer.Serialize(of)}: expected {Show(expected)}, found {Show(found)}");
    }

    internal void AssertNone() => Assert.True(_count == 0, $"{_count} differ, the first of them:\n{string.Join('\n', _first)}");

    private static string Show<T>(IEnumerable<T> values) =>
        JsonSerializer.Serialize(values is string text ? (object)text : values.ToArray());
}
