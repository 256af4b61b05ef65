using System.Buffers.Binary;

namespace EvalHarness.Tokenizers;

/// <summary>
/// How the characters of Unicode 9.0 are decomposed, ordered and composed. Hugging Face's library has that version; characters that came
/// later stay as they are. Read from normalization.bin, which make-normalization.py writes and describes.
/// </summary>
internal static class NormalizationData
{
    // Hangul syllables are computed. The names are those of the Unicode standard, section 3.12.
    private const int SBase = 0xAC00, LBase = 0x1100, VBase = 0x1161, TBase = 0x11A7, VCount = 21, TCount = 28, LCount = 19;
    private const int SCount = LCount * VCount * TCount;

    private static readonly Tables Read = Load();

    /// <summary>The canonical combining class of a code point, 0 for most.</summary>
    internal static int CombiningClass(int code) => Page(code) is { } page ? page[code & 0xFF].Class : 0;

    /// <summary>Appends the whole decomposition of a code point, which may be the code point itself.</summary>
    internal static void Decompose(int code, bool compatible, List<int> result)
    {
        int syllable = code - SBase;
        if ((uint)syllable < SCount)
        {
            result.Add(LBase + syllable / (VCount * TCount));
            result.Add(VBase + syllable % (VCount * TCount) / TCount);
            if (syllable % TCount > 0)
                result.Add(TBase + syllable % TCount);
            return;
        }
        Entry entry = Page(code) is { } page ? page[code & 0xFF] : default;
        if ((compatible ? entry.Compatible ?? entry.Canonical : entry.Canonical) is { } parts)
            result.AddRange(parts);
        else
            result.Add(code);
    }

    /// <summary>The character that two characters compose to, or -1.</summary>
    internal static int Compose(int first, int second)
    {
        if ((uint)(first - LBase) < LCount && (uint)(second - VBase) < VCount)
            return SBase + ((first - LBase) * VCount + second - VBase) * TCount;
        if ((uint)(first - SBase) < SCount && (first - SBase) % TCount == 0 && second - TBase is > 0 and < TCount)
            return first + second - TBase;
        return Read.Pairs.GetValueOrDefault(((long)first << 32) | (uint)second, -1);
    }

    /// <summary>Whether a character may compose with the one before it.</summary>
    internal static bool MayFollow(int code) =>
        Page(code) is { } page && page[code & 0xFF].MayFollow || code is (>= VBase and < VBase + VCount) or (> TBase and < TBase + TCount);

    private static Entry[]? Page(int code) => Read.Pages[code >> 8];

    private static Tables Load()
    {
        using Stream stream = typeof(NormalizationData).Assembly.GetManifestResourceStream("normalization.bin")!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        int[] words = new int[bytes.Length / 4];
        for (int i = 0; i < words.Length; i++)
            words[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4 * i));

        var tables = new Tables(new Entry[]?[0x1100], []);
        int next = 1;
        for (; next <= words[0]; next++)
            tables.At(words[next] >> 8).Class = (byte)words[next];
        while (next < words.Length)
        {
            int code = words[next] >> 8, kind = words[next] >> 6 & 3, length = words[next] & 63;
            int[] parts = words[(next + 1)..(next + 1 + length)];
            next += 1 + length;
            if (kind == 2)
            {
                tables.Pairs.Add(((long)parts[0] << 32) | (uint)parts[1], code);
                tables.At(parts[1]).MayFollow = true;
            }
            else if (kind == 1)
                tables.At(code).Compatible = parts;
            else
                tables.At(code).Canonical = parts;
        }
        return tables;
    }

    private struct Entry
    {
        public byte Class;
        public bool MayFollow;
        public int[]? Canonical;
        public int[]? Compatible;
    }

    /// <summary>Entries in pages of 256 code points, and the pairs of characters that compose.</summary>
    private sealed record Tables(Entry[]?[] Pages, Dictionary<long, int> Pairs)
    {
        public ref Entry At(int code) => ref (Pages[code >> 8] ??= new Entry[256])[code & 0xFF];
    }
}
