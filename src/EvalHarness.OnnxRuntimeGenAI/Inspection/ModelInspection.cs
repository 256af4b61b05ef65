using System.Text.Json;

namespace EvalHarness.OnnxRuntimeGenAI.Inspection;

/// <summary>A description of a model folder that is read from its files, without loading the model.</summary>
public sealed record ModelInspection
{
    public required string Model { get; init; }

    public required string Type { get; init; }

    /// <summary>The size of each file in bytes, by the file's path in the folder.</summary>
    public required IReadOnlyDictionary<string, long> Files { get; init; }

    /// <summary>The weights in groups that are stored alike, largest group first.</summary>
    public required IReadOnlyList<WeightGroup> Weights { get; init; }

    public required int ContextLength { get; init; }

    public required int VocabularySize { get; init; }

    public required IReadOnlyList<int> EndOfTextIds { get; init; }

    /// <summary>The value of tokenizer_class in tokenizer_config.json; null if there is none.</summary>
    public required string? Tokenizer { get; init; }

    /// <summary>The chat template of the model; null if it has none.</summary>
    public required string? ChatTemplate { get; init; }

    public long Parameters => Weights.Sum(w => w.Parameters);

    /// <summary>The average number of bits that a parameter takes, with its share of scales and zero points.</summary>
    public double BitsPerParameter => Parameters == 0 ? 0 : 8.0 * Weights.Sum(w => w.Bytes) / Parameters;

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the folder is not a model folder, or a file in it is damaged.
    /// </exception>
    public static ModelInspection Of(string folder)
    {
        ModelConfig config = ModelConfig.Read(folder);
        using JsonDocument? tokenizer = ReadJson(Path.Combine(folder, "tokenizer_config.json"));
        string template = Path.Combine(folder, "chat_template.jinja");
        return new ModelInspection
        {
            Model = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
            Type = config.Type,
            Files = new DirectoryInfo(folder)
                .EnumerateFiles("*", SearchOption.AllDirectories)
                .OrderBy(f => f.FullName, StringComparer.Ordinal)
                .ToDictionary(f => Path.GetRelativePath(folder, f.FullName).Replace('\\', '/'), f => f.Length),
            Weights = WeightGroup.Of(OnnxGraph.Read(Path.Combine(folder, config.GraphFile))),
            ContextLength = config.ContextLength,
            VocabularySize = config.VocabularySize,
            EndOfTextIds = config.EndOfTextIds,
            Tokenizer = Text(tokenizer, "tokenizer_class"),
            ChatTemplate = File.Exists(template) ? File.ReadAllText(template) : Text(tokenizer, "chat_template"),
        };
    }

    private static JsonDocument? ReadJson(string file)
    {
        try
        {
            return File.Exists(file) ? JsonDocument.Parse(File.ReadAllBytes(file)) : null;
        }
        catch (JsonException e)
        {
            throw new EvalException(ExitCode.Model, $"{file}: not valid JSON at line {e.LineNumber + 1}: {e.Message}", e);
        }
    }

    private static string? Text(JsonDocument? json, string name) =>
        json is not null && json.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

/// <summary>Weights that are stored alike.</summary>
/// <param name="Storage">The element type, such as float16, or the operation that unpacks the weights and its bits.</param>
/// <param name="Bits">The number of bits of a value, without its scale.</param>
/// <param name="BlockSize">The number of values that share a scale; null if the values are not scaled.</param>
/// <param name="AccuracyLevel">
/// The accuracy_level of MatMulNBits: 4 rounds activations to 8 bits; 1, 2 and 3 compute with float32, float16 and bfloat16; 0 leaves the
/// type of the activations. Null for other operations.
/// </param>
/// <param name="Tensors">The number of matrices and vectors.</param>
/// <param name="Parameters">The number of values. A matrix that is stored twice (embedding and classifier) counts twice.</param>
/// <param name="Bytes">The size in bytes, with scales and zero points.</param>
public sealed record WeightGroup(string Storage, int Bits, int? BlockSize, int? AccuracyLevel, int Tensors, long Parameters, long Bytes)
{
    internal static IReadOnlyList<WeightGroup> Of(OnnxGraph graph)
    {
        var unpacked = new HashSet<string>();
        var groups = new List<WeightGroup>();
        foreach (OnnxNode node in graph.Nodes.Where(n => n.Operation is "MatMulNBits" or "GatherBlockQuantized"))
        {
            OnnxTensor[] tensors = [.. node.Inputs.Where(graph.Weights.ContainsKey).Select(i => graph.Weights[i])];
            if (tensors.Length == 0 || !tensors.All(t => unpacked.Add(t.Name)))
                continue;
            int bits = (int)node.Integers.GetValueOrDefault("bits", 4);
            long parameters = node.Operation == "MatMulNBits"
                ? node.Integers.GetValueOrDefault("K") * node.Integers.GetValueOrDefault("N")
                : tensors[0].Elements * tensors[0].Type.Bits / bits;
            groups.Add(new WeightGroup(
                $"{node.Operation} {bits} bits",
                bits,
                (int)node.Integers.GetValueOrDefault("block_size", 32),
                node.Operation == "MatMulNBits" ? (int)node.Integers.GetValueOrDefault("accuracy_level", 0) : null,
                1,
                parameters,
                tensors.Sum(t => t.Bytes)));
        }

        // Tables of rotary positions are computed, not learned, and integers are shapes and axes. Neither are parameters.
        groups.AddRange(graph.Weights.Values
            .Where(t => !unpacked.Contains(t.Name))
            .Where(t => !t.Name.Contains("cos_cache", StringComparison.Ordinal) && !t.Name.Contains("sin_cache", StringComparison.Ordinal))
            .Where(t => t.Type.Name is not ("int32" or "int64"))
            .Select(t => new WeightGroup(t.Type.Name, t.Type.Bits, null, null, 1, t.Elements, t.Bytes)));
        return
        [
            .. groups.GroupBy(g => (g.Storage, g.BlockSize, g.AccuracyLevel))
                .Select(g => g.First() with
                {
                    Tensors = g.Count(),
                    Parameters = g.Sum(w => w.Parameters),
                    Bytes = g.Sum(w => w.Bytes),
                })
                .OrderByDescending(g => g.Bytes),
        ];
    }
}
