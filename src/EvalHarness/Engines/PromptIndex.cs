using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace EvalHarness.Engines;

/// <summary>Where the lines are that answer a prompt, in 24 bytes a line.</summary>
internal sealed class PromptIndex
{
    private readonly SortedPlaces<Entry> _entries = new();
    private int _next;

    /// <summary>A line that answers a prompt, whose identity is the first 16 bytes of a SHA-256.</summary>
    private readonly record struct Entry(PromptId Prompt, LinePlace Place) : IComparable<Entry>
    {
        public int CompareTo(Entry other) =>
            Prompt != other.Prompt ? Prompt.CompareTo(other.Prompt) : Place.Packed.CompareTo(other.Place.Packed);
    }

    public int Count => _entries.Count;

    public void Add(PromptId prompt, LinePlace place) => _entries.Add(new Entry(prompt, place));

    public void Sort() => _entries.Sort();

    public LinePlace this[int index] => _entries[index].Place;

    /// <summary>The range of the lines of a prompt, in the order of the file; empty if there are none. Last is exclusive.</summary>
    public (int First, int Last) Find(PromptId prompt)
    {
        int first = _entries.Find(new Entry(prompt, new LinePlace(0)), _next);
        return (first, _next = End(first, prompt));
    }

    /// <summary>The ranges of all prompts that have several lines.</summary>
    public IEnumerable<(int First, int Last, bool IsOneDocument)> Repeated()
    {
        for (int first = 0, end; first < _entries.Count; first = end)
        {
            PromptId prompt = _entries[first].Prompt;
            end = End(first, prompt);
            if (end - first > 1)
                yield return (first, end, prompt.IsOneDocument);
        }
    }

    private int End(int first, PromptId prompt)
    {
        int end = first;
        while (end < _entries.Count && _entries[end].Prompt == prompt)
            end++;
        return end;
    }
}

/// <summary>What tells prompts apart in an index: 127 bits of a SHA-256, and whether only one document can be meant.</summary>
internal readonly record struct PromptId(ulong Upper, ulong Lower) : IComparable<PromptId>
{
    public bool IsOneDocument => (Lower & 1) != 0;

    public static PromptId Of(ReadOnlySpan<byte> text, bool isOneDocument)
    {
        Span<ulong> hash = stackalloc ulong[SHA256.HashSizeInBytes / sizeof(ulong)];
        SHA256.HashData(text, MemoryMarshal.AsBytes(hash));
        return new PromptId(hash[0], (hash[1] & ~1UL) | (isOneDocument ? 1UL : 0));
    }

    public int CompareTo(PromptId other) =>
        Upper != other.Upper ? Upper.CompareTo(other.Upper) : Lower.CompareTo(other.Lower);
}
