using System.Runtime.InteropServices;
using EvalHarness.OnnxRuntimeGenAI.Inspection;

namespace EvalHarness.Tests.LlamaCpp;

/// <summary>The values of an ONNX graph's float32 weights, which the file itself holds.</summary>
internal static class OnnxWeights
{
    private const int Graph = 7, Initializer = 5, Dimensions = 1, ElementType = 2, Name = 8, RawData = 9, Float32 = 1;

    internal static Dictionary<string, (long[] Shape, float[] Values)> Read(string file)
    {
        using FileStream stream = File.OpenRead(file);
        var reader = new ProtobufReader(stream);
        var weights = new Dictionary<string, (long[], float[])>();
        while (reader.Next(reader.Length, out int field, out int type))
        {
            if (field != Graph)
            {
                reader.Skip(type);
                continue;
            }

            for (long end = reader.End(); reader.Next(end, out field, out type);)
            {
                if (field == Initializer)
                    ReadTensor(reader, stream, weights);
                else
                    reader.Skip(type);
            }
        }

        return weights;
    }

    private static void ReadTensor(ProtobufReader reader, FileStream stream, Dictionary<string, (long[], float[])> weights)
    {
        var shape = new List<long>();
        (string name, int element, byte[] raw) = ("", 0, []);
        for (long end = reader.End(); reader.Next(end, out int field, out int type);)
        {
            switch (field)
            {
                case Dimensions:
                    shape.AddRange(reader.Integers(type));
                    break;
                case ElementType:
                    element = (int)reader.Varint();
                    break;
                case Name:
                    name = reader.Text();
                    break;
                case RawData:
                    raw = new byte[reader.End() - stream.Position];
                    stream.ReadExactly(raw);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (element == Float32)
            weights[name] = ([.. shape], MemoryMarshal.Cast<byte, float>(raw).ToArray());
    }
}
