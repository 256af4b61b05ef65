using System.Text.Json;

namespace EvalHarness.OnnxRuntimeGenAI.Inspection;

/// <summary>What a model folder holds, read from its files; nothing is loaded.</summary>
public sealed record ModelInspection
{
    public required string Model { get; init; }

    public required string Type { get; init; }

    /// <summary>Bytes of each file, by name.</summary>
    public required IReadOnlyDictionary<string, long> Files { get; init; }

    /// <summary>Weights by how they are stored, largest first.</summary>
    public required IReadOnlyList<WeightGroup> Weights { get; init; }

    public required int ContextLength { get; init; }

    public required int VocabularySize { get; init; }

    public required IReadOnlyList<int> EndOfTextIds { get; init; }

    /// <summary>tokenizer_config.json's tokenizer_class; null where it does not say.</summary>
    public required string? Tokenizer { get; init; }

    /// <summary>The model's own chat template; null without one.</summary>
    public required string? ChatTemplate { get; init; }

    public long Parameters => Weights.Sum(w => w.Parameters);

    /// <summary>Of a parameter on average, with scales and zero points.</summary>
    public double BitsPerParameter => Parameters == 0 ? 0 : 8.0 * Weights.Sum(w => w.Bytes) / Parameters;

    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: no model folder, or a file of it is damaged.</exception>
    public static ModelInspection Of(string folder)
    {
        ModelConfig config = ModelConfig.Read(folder);
        using JsonDocument? tokenizer = ReadJson(Path.Combine(folder, "tokenizer_config.json"));
        string template = Path.Combine(folder, "chat_template.jinja");
        return new ModelInspection
        {
            Model = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
            Type = config.Type,
            Files = new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(f => f.FullName, StringComparer.Ordinal).ToDictionary(f => Path.GetRelativePath(folder, f.FullName).Replace('\\', '/'), f => f.Length),
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
        json is not null && json.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>Weights that are stored alike.</summary>
/// <param name="Storage">float32, float16, ..., or the operation that unpacks them with its bits.</param>
/// <param name="Bits">Of a value, without scales.</param>
/// <param name="BlockSize">Values that share a scale; null where nothing is scaled.</param>
/// <param name="AccuracyLevel">MatMulNBits: 4 rounds activations to 8 bits, 1 to 3 take them as float32, float16, bfloat16, 0 as they come; null elsewhere.</param>
/// <param name="Tensors">Matrices and vectors.</param>
/// <param name="Parameters">Values; a matrix that is there twice (embedding and classifier) counts twice.</param>
/// <param name="Bytes">With scales and zero points.</param>
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

        // Rotary tables are computed, not learned; integers are shapes and axes.
        groups.AddRange(graph.Weights.Values
            .Where(t => !unpacked.Contains(t.Name) && !t.Name.Contains("cos_cache", StringComparison.Ordinal) && !t.Name.Contains("sin_cache", StringComparison.Ordinal))
            .Where(t => t.Type.Name is not ("int32" or "int64"))
            .Select(t => new WeightGroup(t.Type.Name, t.Type.Bits, null, null, 1, t.Elements, t.Bytes)));
        return
        [
            .. groups.GroupBy(g => (g.Storage, g.BlockSize, g.AccuracyLevel))
                .Select(g => g.First() with { Tensors = g.Count(), Parameters = g.Sum(w => w.Parameters), Bytes = g.Sum(w => w.Bytes) })
                .OrderByDescending(g => g.Bytes),
        ];
    }
}
