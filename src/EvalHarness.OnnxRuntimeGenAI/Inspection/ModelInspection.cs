using System.Text.Json;

namespace EvalHarness.OnnxRuntimeGenAI.Inspection;

/// <summary>A description of a model folder that is read from its files, without loading the model.</summary>
internal sealed record ModelInspection
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
            ChatTemplate = Tokenizers.ChatTemplate.Load(folder)?.Source,
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
        json?.RootElement.ValueKind == JsonValueKind.Object
        && json.RootElement.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
