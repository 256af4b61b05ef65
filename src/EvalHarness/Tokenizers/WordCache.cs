using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace EvalHarness.Tokenizers;

/// <summary>The tokens of words that were encoded before. Several threads may use it at the same time.</summary>
internal sealed class WordCache
{
    /// <summary>In UTF-16 units. Longer words are rarely met twice.</summary>
    internal const int LongestWord = 64;

    /// <summary>About 20 MB of words. When it is full it starts anew, so that a run's later tasks are remembered too.</summary>
    private const int Limit = 100_000;

    private readonly ConcurrentDictionary<string, int[]> _words = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _spans;
    private int _count;

    internal WordCache() => _spans = _words.GetAlternateLookup<ReadOnlySpan<char>>();

    internal bool TryGet(ReadOnlySpan<char> word, [NotNullWhen(true)] out int[]? ids) => _spans.TryGetValue(word, out ids);

    internal void Add(ReadOnlySpan<char> word, int[] ids)
    {
        if (Interlocked.Increment(ref _count) > Limit)
        {
            _words.Clear();
            Interlocked.Exchange(ref _count, 0);
        }

        _words[word.ToString()] = ids;
    }
}
