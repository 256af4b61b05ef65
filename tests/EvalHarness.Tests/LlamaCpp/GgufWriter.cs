using System.Text;

namespace EvalHarness.Tests.LlamaCpp;

/// <summary>Writes a GGUF file: metadata, descriptions of tensors, and their data at multiples of 32 bytes.</summary>
/// <remarks>Source: the GGUF specification in ggml's docs/gguf.md, version 3. All numbers are little-endian.</remarks>
internal sealed class GgufWriter
{
    internal const int F32 = 0, Q4_0 = 2, Q8_0 = 8;

    private const int Alignment = 32;
    private const uint Text = 8, Array = 9;

    private readonly List<(string Key, Action<BinaryWriter> Write)> _metadata = [];
    private readonly List<(string Name, long[] Shape, int Type, byte[] Data)> _tensors = [];

    internal GgufWriter Add(string key, object value)
    {
        _metadata.Add((key, writer => WriteTyped(writer, value)));
        return this;
    }

    /// <param name="name">The tensor's name, such as token_embd.weight.</param>
    /// <param name="shape">The dimensions, the length of a row first.</param>
    /// <param name="type">The number of its type in ggml.</param>
    /// <param name="data">The values in that type, row after row.</param>
    internal void AddTensor(string name, long[] shape, int type, byte[] data) => _tensors.Add((name, shape, type, data));

    /// <summary>
    /// Adds a matrix or a vector of float32 in a type. What has one dimension stays float32, and so does a matrix whose rows are not made
    /// of whole blocks of 32.
    /// </summary>
    /// <returns>The type in which it was written.</returns>
    internal int AddTensor(string name, long[] shape, int type, ReadOnlySpan<float> values)
    {
        int written = shape.Length == 1 || shape[0] % GgufBlocks.Size != 0 ? F32 : type;
        AddTensor(name, shape, written, GgufBlocks.Encode(values, written));
        return written;
    }

    internal void Save(string file)
    {
        using var writer = new BinaryWriter(File.Create(file), Encoding.UTF8);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((long)_tensors.Count);
        writer.Write((long)_metadata.Count);
        foreach ((string key, Action<BinaryWriter> write) in _metadata)
        {
            WriteText(writer, key);
            write(writer);
        }

        long offset = 0;
        foreach ((string name, long[] shape, int type, byte[] data) in _tensors)
        {
            WriteText(writer, name);
            writer.Write(shape.Length);
            foreach (long dimension in shape)
                writer.Write(dimension);
            writer.Write(type);
            writer.Write(offset);
            offset += Padded(data.Length);
        }

        foreach ((_, _, _, byte[] data) in _tensors)
        {
            Pad(writer);
            writer.Write(data);
        }

        Pad(writer);
    }

    private static long Padded(long length) => (length + Alignment - 1) / Alignment * Alignment;

    private static void Pad(BinaryWriter writer)
    {
        writer.Flush();
        writer.Write(new byte[Padded(writer.BaseStream.Position) - writer.BaseStream.Position]);
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((long)bytes.Length);
        writer.Write(bytes);
    }

    private static void WriteTyped(BinaryWriter writer, object value)
    {
        if (value is System.Array list)
        {
            writer.Write(Array);
            writer.Write(TypeOf(list.GetType().GetElementType()!));
            writer.Write(list.LongLength);
            foreach (object item in list)
                WriteValue(writer, item);
            return;
        }

        writer.Write(TypeOf(value.GetType()));
        WriteValue(writer, value);
    }

    private static uint TypeOf(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.UInt32 => 4,
        TypeCode.Int32 => 5,
        TypeCode.Single => 6,
        TypeCode.Boolean => 7,
        TypeCode.String => Text,
        _ => throw new NotSupportedException($"{type}"),
    };

    private static void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case uint number:
                writer.Write(number);
                break;
            case int number:
                writer.Write(number);
                break;
            case float number:
                writer.Write(number);
                break;
            case bool truth:
                writer.Write(truth);
                break;
            default:
                WriteText(writer, (string)value);
                break;
        }
    }
}
