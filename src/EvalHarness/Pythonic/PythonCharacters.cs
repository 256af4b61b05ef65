using System.Buffers.Binary;
using System.Text;

namespace EvalHarness.Pythonic;

/// <summary>What a character is for Python's strings.</summary>
[Flags]
internal enum CharacterProperties
{
    None = 0,
    Alphabetic = 1,
    Decimal = 1 << 1,
    Digit = 1 << 2,
    Numeric = 1 << 3,
    Lower = 1 << 4,
    Upper = 1 << 5,
    Title = 1 << 6,
    Printable = 1 << 7,
    StartsIdentifier = 1 << 8,
    ContinuesIdentifier = 1 << 9,
    CaseIgnorable = 1 << 10,
    Cased = Lower | Upper | Title,
    AlphaNumeric = Alphabetic | Decimal | Digit | Numeric,
}

/// <summary>
/// The characters of Unicode 14.0, which Python 3.11 has, with their cases: "ß" is "SS" in upper case. Read from characters.bin, which
/// make-characters.py writes and describes. The runtime's own tables know only cases of one character.
/// </summary>
internal static class PythonCharacters
{
    private static readonly Tables Read = Load();

    internal enum Case { Upper, Lower, Title, Fold }

    internal static CharacterProperties Properties(Rune character)
    {
        int at = Array.BinarySearch(Read.Starts, character.Value);
        return Read.Properties[at >= 0 ? at : ~at - 1];
    }

    internal static bool Is(Rune character, CharacterProperties any) => (Properties(character) & any) != 0;

    /// <summary>A character in another case, which may be several characters.</summary>
    internal static string InCase(Rune character, Case wanted) =>
        Read.Cases[(int)wanted].TryGetValue(character.Value, out string? text) ? text : character.ToString();

    private static Tables Load()
    {
        using Stream stream = typeof(PythonCharacters).Assembly.GetManifestResourceStream("characters.bin")!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        uint Word(int i) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4 * i));

        int runs = (int)Word(0);
        int[] starts = [.. Enumerable.Range(1, runs).Select(i => (int)(Word(i) >> 11))];
        CharacterProperties[] properties = [.. Enumerable.Range(1, runs).Select(i => (CharacterProperties)(Word(i) & 0x7ff))];
        Dictionary<int, string>[] cases = [[], [], [], []];
        for (int next = runs + 1; next < bytes.Length / 4;)
        {
            int code = (int)(Word(next) >> 8), kind = (int)(Word(next) >> 6 & 3), length = (int)(Word(next) & 63);
            cases[kind][code] = string.Concat(Enumerable.Range(next + 1, length).Select(i => char.ConvertFromUtf32((int)Word(i))));
            next += 1 + length;
        }

        return new Tables(starts, properties, cases);
    }

    /// <param name="Starts">The first code points of runs of characters with the same properties, in order.</param>
    /// <param name="Properties">The properties of each run.</param>
    /// <param name="Cases">For each case, the characters that are another text in it.</param>
    private sealed record Tables(int[] Starts, CharacterProperties[] Properties, Dictionary<int, string>[] Cases);
}
