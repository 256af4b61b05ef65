using System.Text;
using EvalHarness.Tests.LlamaCpp;
using static EvalHarness.Tests.Adapters.OnnxMessage;

namespace EvalHarness.Tests.Adapters;

/// <summary>
/// The embedded model with inputs for adapters beside the products of some of its layers, adapters for it, and the same model with the
/// adapter's product added to its weights. An adapter that is not given is zero.
/// </summary>
internal sealed class LoraModel : IDisposable
{
    private const int Graph = 7;

    private static readonly string Plain = Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-fp32");

    private static readonly Lazy<Dictionary<string, (long[] Shape, float[] Values)>> Weights =
        new(() => OnnxWeights.Read(Path.Combine(Plain, "model.onnx")));

    private readonly TemporaryFolder _folder = new();

    /// <param name="rank">The only rank that the graph takes; null for any.</param>
    /// <param name="ownRank">The rank of the zeros that the inputs are without an adapter; null for inputs without a value.</param>
    /// <param name="isUsed">Whether the graph computes with what its inputs give.</param>
    internal LoraModel(int? rank = null, int? ownRank = 2, bool isUsed = true) => Write(Folder, rank, ownRank, isUsed);

    /// <summary>Products of every layer that have an adapter's beside them.</summary>
    private static string[] Adapted { get; } =
        [.. Enumerable.Range(0, 6).SelectMany(l => ((string[])["query", "value", "down"]).Select(part => $"layers.{l}.{part}"))];

    internal string Folder => _folder["tiny-lora"];

    internal string this[string name] => _folder[name];

    /// <summary>Writes the model into a folder.</summary>
    internal static void Write(string folder, int? rank = null, int? ownRank = 2, bool isUsed = true)
    {
        byte[] Edited(ReadOnlyMemory<byte> graph)
        {
            var fields = new List<byte[]>();
            foreach ((int field, ReadOnlyMemory<byte> whole, ReadOnlyMemory<byte> content) in Fields(graph))
            {
                string[] names = field == 1 ? [.. Fields(content).Where(f => f.Field is 1 or 2).Select(f => Text(f.Content))] : [];
                string? part = Array.Find(Adapted, p => names is [_, var weight, _] && weight == $"{p}.weight");
                if (part is null || !isUsed)
                {
                    fields.Add(whole.ToArray());
                    continue;
                }

                (string x, string product) = (names[0], names[2]);
                fields.Add(Node("MatMul", $"{product}/plain", x, names[1]));
                fields.Add(Node("MatMul", $"{product}/a", x, A(part)));
                fields.Add(Node("MatMul", $"{product}/b", $"{product}/a", B(part)));
                fields.Add(Node("Add", product, $"{product}/plain", $"{product}/b"));
            }

            foreach (string part in Adapted)
            {
                (long inputs, long outputs) = Size(part);
                if ((rank ?? ownRank) is { } zero && ownRank is not null)
                {
                    fields.Add(Tensor(A(part), [inputs, zero], new float[inputs * zero]));
                    fields.Add(Tensor(B(part), [zero, outputs], new float[zero * outputs]));
                }

                fields.Add(Input(A(part), inputs, rank ?? -1));
                fields.Add(Input(B(part), rank ?? -1, outputs));
            }

            return Join(fields);
        }

        Save(folder, Edited);
    }

    /// <summary>Writes an adapter with random matrices.</summary>
    /// <param name="name">Of the file, without its extension.</param>
    /// <param name="seed">Of the values.</param>
    /// <param name="rank">Of the matrices.</param>
    /// <param name="size">How large the products of A and B are beside the weights, about; 0 makes B zero.</param>
    internal string Adapter(string name, int seed, int rank = 4, double size = 0.1)
    {
        WriteAdapter(_folder[$"{name}.onnx_adapter"], seed, rank, size);
        return _folder[$"{name}.onnx_adapter"];
    }

    internal static void WriteAdapter(string file, int seed, int rank, double size) =>
        File.WriteAllBytes(file, AdapterWriter.Write(Matrices(seed, rank, size)));

    /// <summary>Writes the model whose weights have what the adapter of <see cref="Adapter"/> adds.</summary>
    internal string Merged(string name, int seed, int rank = 4, double size = 0.1)
    {
        Dictionary<string, AdapterMatrix> matrices = Matrices(seed, rank, size).ToDictionary(m => m.Name);
        byte[] Edited(ReadOnlyMemory<byte> graph) => Join(Fields(graph).Select(f =>
        {
            string weight = f.Field == 5 ? Text(Fields(f.Content).First(t => t.Field == 8).Content) : "";
            string? part = Array.Find(Adapted, p => weight == $"{p}.weight");
            return part is null
                ? f.Whole.ToArray()
                : Tensor(weight, Weights.Value[weight].Shape, Sum(Weights.Value[weight].Values, matrices[A(part)], matrices[B(part)]));
        }));
        Save(_folder[name], Edited);
        return _folder[name];
    }

    internal static IReadOnlyList<AdapterMatrix> Matrices(int seed, int rank, double size)
    {
        var random = new Random(seed);
        float[] Values(long count, double deviation)
        {
            float[] values = new float[count];
            for (int i = 0; i < values.Length; i++)
            {
                double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
                values[i] = (float)(deviation * radius * Math.Cos(Math.Tau * random.NextDouble()));
            }

            return values;
        }

        return
        [
            .. Adapted.SelectMany(part =>
            {
                (long inputs, long outputs) = Size(part);
                double deviation = Math.Sqrt(Weights.Value[$"{part}.weight"].Values.Average(v => (double)v * v));
                return (AdapterMatrix[])
                [
                    new(A(part), [inputs, rank], Values(inputs * rank, 1)),
                    new(B(part), [rank, outputs], Values(rank * outputs, size * deviation / Math.Sqrt(rank))),
                ];
            }),
        ];
    }

    private static float[] Sum(float[] weight, AdapterMatrix a, AdapterMatrix b)
    {
        float[] sum = [.. weight];
        (long rank, long outputs) = (b.Shape[0], b.Shape[1]);
        for (long row = 0; row < a.Shape[0]; row++)
        {
            for (long column = 0; column < outputs; column++)
            {
                double product = 0;
                for (long r = 0; r < rank; r++)
                    product += (double)a.Values[(row * rank) + r] * b.Values[(r * outputs) + column];
                sum[(row * outputs) + column] += (float)product;
            }
        }

        return sum;
    }

    private static void Save(string folder, Func<ReadOnlyMemory<byte>, byte[]> edit)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.EnumerateFiles(Plain))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        byte[] model = File.ReadAllBytes(Path.Combine(Plain, "model.onnx"));
        File.WriteAllBytes(
            Path.Combine(folder, "model.onnx"),
            Join(Fields(model).Select(f => f.Field == Graph ? Message(Graph, edit(f.Content)) : f.Whole.ToArray())));
    }

    private static byte[] Join(IEnumerable<byte[]> parts)
    {
        using var joined = new MemoryStream();
        foreach (byte[] part in parts)
            joined.Write(part);
        return joined.ToArray();
    }

    private static (long Inputs, long Outputs) Size(string part) =>
        Weights.Value[$"{part}.weight"].Shape is [var inputs, var outputs] ? (inputs, outputs) : throw new InvalidOperationException(part);

    private static string A(string part) => $"{part}.lora_A.weight";

    private static string B(string part) => $"{part}.lora_B.weight";

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    public void Dispose() => _folder.Dispose();
}
