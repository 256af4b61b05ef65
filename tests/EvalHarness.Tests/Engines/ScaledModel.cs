using System.Buffers.Binary;
using System.Text;

namespace EvalHarness.Tests.Engines;

/// <summary>Copies of a model folder in which one matrix of float32 weights is multiplied by a number.</summary>
internal static class ScaledModel
{
    /// <param name="folder">The model folder to copy.</param>
    /// <param name="weight">The name of an initializer whose values are stored as raw_data behind its name or before it.</param>
    /// <param name="factor">What each value is multiplied by.</param>
    /// <param name="target">The folder of the copy, which is made.</param>
    internal static string Write(string folder, string weight, float factor, string target)
    {
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(folder))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)), overwrite: true);
        string graph = Path.Combine(target, "model.onnx");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(graph, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        byte[] bytes = File.ReadAllBytes(graph);
        Span<byte> values = RawData(bytes, weight);
        for (int i = 0; i < values.Length; i += sizeof(float))
        {
            Span<byte> value = values.Slice(i, sizeof(float));
            BinaryPrimitives.WriteSingleLittleEndian(value, factor * BinaryPrimitives.ReadSingleLittleEndian(value));
        }

        File.WriteAllBytes(graph, bytes);
        return target;
    }

    /// <summary>TensorProto has its name as field 8 and its values as field 9, raw_data.</summary>
    private static Span<byte> RawData(byte[] bytes, string weight)
    {
        byte[] name = Encoding.UTF8.GetBytes(weight);
        byte[] field = [0x42, (byte)name.Length, .. name, 0x4A];
        int at = bytes.AsSpan().IndexOf(field);
        Assert.True(at >= 0, $"{weight} is no initializer with raw_data behind its name");
        at += field.Length;
        int length = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = bytes[at++];
            length |= (part & 0x7F) << shift;
            if (part < 0x80)
                break;
        }

        return bytes.AsSpan(at, length);
    }
}
