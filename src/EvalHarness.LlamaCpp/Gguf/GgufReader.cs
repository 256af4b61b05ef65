using System.Text;

namespace EvalHarness.LlamaCpp.Gguf;

/// <summary>
/// Reads the values of a GGUF header one after the other. No number in the file can make it read beyond the end, or hold more memory than
/// the file is long.
/// </summary>
/// <remarks>Source: ggml's docs/gguf.md.</remarks>
internal sealed class GgufReader(Stream stream) : IDisposable
{
    internal const int Int32Type = 5, Float32Type = 6, TextType = 8, ArrayType = 9;

    /// <summary>The bytes of a value by the number of its type; 0 for those that say their length themselves.</summary>
    private static readonly int[] Sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

    private readonly BinaryReader _reader = new(stream, Encoding.UTF8);

    internal long Position => stream.Position;

    internal long Length => stream.Length;

    internal uint UInt32() => _reader.ReadUInt32();

    internal int Int32() => _reader.ReadInt32();

    /// <summary>A number of things of at least some bytes each, which must fit into the rest of the file.</summary>
    /// <exception cref="InvalidDataException">They do not fit.</exception>
    internal long Count(string of, int bytes)
    {
        ulong count = _reader.ReadUInt64();
        return count <= (ulong)((Length - Position) / bytes)
            ? (long)count
            : throw new InvalidDataException($"it says that it has {count} {of}, for which the file is too short");
    }

    internal long Int64() => _reader.ReadInt64();

    internal string Text() => Encoding.UTF8.GetString(_reader.ReadBytes(checked((int)Count("bytes of a text", 1))));

    /// <summary>
    /// A value with its type before it: a bool, a long, a ulong, a double, a text, or a <see cref="GgufArray"/>.
    /// </summary>
    internal object Value() => Value(Int32());

    private object Value(int type)
    {
        switch (type)
        {
            case 0:
                return (long)_reader.ReadByte();
            case 1:
                return (long)_reader.ReadSByte();
            case 2:
                return (long)_reader.ReadUInt16();
            case 3:
                return (long)_reader.ReadInt16();
            case 4:
                return (long)_reader.ReadUInt32();
            case Int32Type:
                return (long)_reader.ReadInt32();
            case Float32Type:
                return (double)_reader.ReadSingle();
            case 7:
                return _reader.ReadByte() != 0;
            case TextType:
                return Text();
            case ArrayType:
                return Array();
            case 10:
                return _reader.ReadUInt64();
            case 11:
                return _reader.ReadInt64();
            case 12:
                return _reader.ReadDouble();
            default:
                throw new InvalidDataException($"a value has the type {type}; expected 0 to 12");
        }
    }

    private GgufArray Array()
    {
        int type = Int32();
        if (type < 0 || type >= Sizes.Length || type == ArrayType)
            throw new InvalidDataException($"the values of a list have the type {type}; expected 0 to 8 or 10 to 12");
        long count = Count("values in a list", Sizes[type] == 0 ? sizeof(long) : Sizes[type]);
        if (Sizes[type] > 0)
        {
            stream.Position += count * Sizes[type];
            return new GgufArray(type, count);
        }

        var seen = new HashSet<string>();
        string? twice = null;
        for (long i = 0; i < count; i++)
        {
            string text = Text();
            // llama.cpp reads a text up to its first NUL.
            int end = text.IndexOf('\0', StringComparison.Ordinal);
            string read = end < 0 ? text : text[..end];
            if (!seen.Add(read))
                twice ??= read;
        }

        return new GgufArray(type, count) { Twice = twice };
    }

    public void Dispose() => _reader.Dispose();
}

/// <summary>A list of the metadata, whose values llama.cpp reads.</summary>
/// <param name="Type">The number of the type that all values have.</param>
/// <param name="Count">How many there are.</param>
internal sealed record GgufArray(int Type, long Count)
{
    /// <summary>The first text that the list has twice; null if it has none, or no texts.</summary>
    internal string? Twice { get; init; }
}
