using System.Runtime.InteropServices;
using EvalHarness.OnnxRuntimeGenAI.Inspection;

namespace EvalHarness.Tests.Engines.Faults;

/// <summary>The weights of the embedded model, read from its graph of 32 bits.</summary>
internal static class TrainedWeights
{
    /// <summary>As in src/TinyModel/model.py and its genai_config.json.</summary>
    internal static Architecture Architecture { get; } = new()
    {
        Width = 192,
        Layers = 6,
        Heads = 6,
        KeyHeads = 3,
        Head = 32,
        FeedForward = 512,
        Context = 1024,
    };

    /// <param name="graph">src/TinyModel/models/tiny-fp32/model.onnx.</param>
    internal static ModelWeights Read(string graph)
    {
        using FileStream stream = File.OpenRead(graph);
        Dictionary<string, Matrix> tensors = Tensors(stream);
        return new ModelWeights
        {
            Embedding = tensors["embedding.weight"],
            Classifier = tensors["classifier.weight"],
            FinalNorm = tensors["final_norm.weight"].Values,
            Layers = [.. Enumerable.Range(0, Architecture.Layers).Select(layer => new LayerWeights
            {
                AttentionNorm = tensors[$"layers.{layer}.attention_norm.weight"].Values,
                Query = tensors[$"layers.{layer}.query.weight"],
                Key = tensors[$"layers.{layer}.key.weight"],
                Value = tensors[$"layers.{layer}.value.weight"],
                QueryBias = new float[Architecture.Heads * Architecture.Head],
                KeyBias = new float[Architecture.KeyHeads * Architecture.Head],
                ValueBias = new float[Architecture.KeyHeads * Architecture.Head],
                Output = tensors[$"layers.{layer}.output.weight"],
                FeedForwardNorm = tensors[$"layers.{layer}.hidden_norm.weight"].Values,
                Gate = tensors[$"layers.{layer}.gate.weight"],
                Up = tensors[$"layers.{layer}.up.weight"],
                Down = tensors[$"layers.{layer}.down.weight"],
            })],
        };
    }

    /// <summary>The initializers (field 5) of the graph (field 7) of the model, a vector as a matrix of one row.</summary>
    private static Dictionary<string, Matrix> Tensors(FileStream stream)
    {
        var reader = new ProtobufReader(stream);
        var tensors = new Dictionary<string, Matrix>();
        while (reader.Next(stream.Length, out int field, out int type))
        {
            if (field != 7)
            {
                reader.Skip(type);
                continue;
            }

            for (long end = reader.End(); reader.Next(end, out field, out type);)
            {
                if (field == 5)
                    ReadTensor(stream, reader, tensors);
                else
                    reader.Skip(type);
            }
        }

        return tensors;
    }

    private static void ReadTensor(FileStream stream, ProtobufReader reader, Dictionary<string, Matrix> tensors)
    {
        var shape = new List<long>();
        string name = "";
        long element = 0;
        byte[] raw = [];
        for (long end = reader.End(); reader.Next(end, out int field, out int type);)
        {
            switch (field)
            {
                case 1:
                    shape.AddRange(reader.Integers(type));
                    break;
                case 2:
                    element = (long)reader.Varint();
                    break;
                case 8:
                    name = reader.Text();
                    break;
                case 9:
                    raw = new byte[reader.End() - stream.Position];
                    stream.ReadExactly(raw);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (element == GraphWriter.Float && shape.Count > 0)
        {
            float[] values = MemoryMarshal.Cast<byte, float>(raw).ToArray();
            tensors[name] = new Matrix(values.Length / (int)shape[^1], (int)shape[^1], values);
        }
    }
}
