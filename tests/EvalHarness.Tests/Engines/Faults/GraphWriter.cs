using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace EvalHarness.Tests.Engines.Faults;

/// <summary>Writes an ONNX graph: nodes, weights, inputs and outputs in the order in which they are added.</summary>
/// <remarks>Source of the field numbers: onnx.proto (ONNX IR, version 8).</remarks>
internal sealed class GraphWriter
{
    internal const int Float = 1, Int8 = 3, Int32 = 6, Int64 = 7, Boolean = 9, Half = 10;

    private static readonly HashSet<string> Microsoft =
        ["FastGelu", "Gelu", "GroupQueryAttention", "RotaryEmbedding", "SkipSimplifiedLayerNormalization"];

    private readonly List<byte[]> _parts = [];
    private readonly HashSet<string> _weights = [];

    /// <summary>Adds a node.</summary>
    /// <param name="operation">The type of the operation; its domain follows from it.</param>
    /// <param name="inputs">Names; empty for an input that is left out.</param>
    /// <param name="outputs">Names; empty for an output that is left out.</param>
    /// <param name="attributes">Values that are int, float, string, or arrays of int.</param>
    /// <returns>The name of the first output.</returns>
    internal string Node(string operation, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        byte[][] names = [.. inputs.Select(i => Text(1, i)), .. outputs.Select(o => Text(2, o)), Text(3, outputs[0])];
        byte[][] values = [.. attributes.Select(a => Attribute(a.Name, a.Value))];
        byte[] domain = Microsoft.Contains(operation) ? Text(7, "com.microsoft") : [];
        _parts.Add(Message(1, [.. names, Text(4, operation), .. values, domain]));
        return outputs[0];
    }

    /// <summary>Adds a weight of 32 or 16 bits a value, once for each name.</summary>
    internal string Weight(string name, int[] shape, float[] values, int type)
    {
        byte[] bytes = type == Half
            ? MemoryMarshal.AsBytes(values.Select(v => (Half)v).ToArray().AsSpan()).ToArray()
            : MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        return Initializer(name, shape, type, bytes);
    }

    /// <summary>A constant vector of integers.</summary>
    internal string Integers(params long[] values) =>
        Initializer($"integers.{string.Join('.', values)}", [values.Length], Int64, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    /// <summary>A constant integer without dimensions.</summary>
    internal string Integer(long value) => Initializer($"integer.{value}", [], Int64, BitConverter.GetBytes(value));

    /// <summary>Adds an input of the graph.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type of its elements.</param>
    /// <param name="shape">Sizes (int), or names of sizes that are open.</param>
    internal void Input(string name, int type, params object[] shape) => Value(11, name, type, shape);

    /// <summary>Adds an output of the graph, as <see cref="Input"/>.</summary>
    internal void Output(string name, int type, params object[] shape) => Value(12, name, type, shape);

    internal void Save(string path)
    {
        using FileStream file = File.Create(path);
        file.Write(Number(1, 8));
        file.Write(Text(2, "EvalHarness tests"));
        file.Write(Message(7, [Text(2, "planted"), .. _parts]));
        file.Write(Message(8, Number(2, 17)));
        file.Write(Message(8, Text(1, "com.microsoft"), Number(2, 1)));
    }

    private string Initializer(string name, int[] shape, int type, byte[] bytes)
    {
        if (_weights.Add(name))
            _parts.Add(Message(5, [.. shape.Select(d => Number(1, d)), Number(2, type), Text(8, name), Message(9, bytes)]));
        return name;
    }

    private void Value(int field, string name, int type, object[] shape)
    {
        byte[][] sizes = [.. shape.Select(d => Message(1, d is int size ? Number(1, size) : Text(2, (string)d)))];
        _parts.Add(Message(field, Text(1, name), Message(2, Message(1, Number(1, type), Message(2, sizes)))));
    }

    private static byte[] Attribute(string name, object value) => Message(5, [Text(1, name), .. value switch
    {
        float single => (byte[][])[Single(2, single), Number(20, 1)],
        int integer => [Number(3, integer), Number(20, 2)],
        string text => [Text(4, text), Number(20, 3)],
        int[] integers => [.. integers.Select(i => Number(8, i)), Number(20, 7)],
        _ => throw new ArgumentException($"{name} is a {value.GetType()}", nameof(value)),
    }]);

    private static byte[] Single(int field, float value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return [.. Varint((ulong)((field << 3) | 5)), .. bytes];
    }

    private static byte[] Text(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Message(int field, params byte[][] contents)
    {
        var stream = new MemoryStream();
        stream.Write(Varint((ulong)((field << 3) | 2)));
        stream.Write(Varint((ulong)contents.Sum(c => (long)c.Length)));
        foreach (byte[] content in contents)
            stream.Write(content);
        return stream.ToArray();
    }

    private static byte[] Number(int field, long value) => [.. Varint((ulong)(field << 3)), .. Varint(unchecked((ulong)value))];

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
