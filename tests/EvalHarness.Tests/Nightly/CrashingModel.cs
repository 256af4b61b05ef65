using System.Text;

namespace EvalHarness.Tests.Nightly;

/// <summary>
/// A model folder that ends the process natively: its graph divides the smallest integer by -1, which x86 processors answer with a signal
/// and the runtime does not look for. The bytes are appended to another model's graph: protobuf reads two messages one behind the other as
/// one.
/// </summary>
/// <remarks>Source: onnx.proto's field numbers; protobuf's encoding guide, "last one wins" and merging.</remarks>
internal static class CrashingModel
{
    /// <summary>-2^63 and -1 as protobuf's variable-length integers.</summary>
    private static readonly byte[] Smallest = [.. Enumerable.Repeat((byte)0x80, 9), 1], MinusOne = [.. Enumerable.Repeat((byte)0xff, 9), 1];

    internal static string Create(string from, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        string graph = Directory.EnumerateFiles(folder, "*.onnx").Single();
        byte[] added = Message(7, [.. Number("crash_smallest", Smallest), .. Number("crash_minus_one", MinusOne), .. Division()]);
        using FileStream stream = File.Open(graph, FileMode.Append);
        stream.Write(added);
        return folder;
    }

    /// <summary>GraphProto.node: two inputs, an output, a name, the operator.</summary>
    private static byte[] Division() => Message(
        1,
        [.. Text(1, "crash_smallest"), .. Text(1, "crash_minus_one"), .. Text(2, "crash_never"), .. Text(3, "crash"), .. Text(4, "Div")]);

    /// <summary>GraphProto.initializer: a dimension of 1, of int64, its value and its name.</summary>
    private static byte[] Number(string name, byte[] value) => Message(5, [0x08, 1, 0x10, 7, .. Message(7, value), .. Text(8, name)]);

    private static byte[] Text(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    /// <summary>A field of up to 127 bytes.</summary>
    private static byte[] Message(int field, byte[] content) => content.Length < 128
        ? [(byte)((field << 3) | 2), (byte)content.Length, .. content]
        : [(byte)((field << 3) | 2), (byte)(content.Length | 128), (byte)(content.Length >> 7), .. content];
}
