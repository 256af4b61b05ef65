using System.Globalization;
using System.Text.Json;
using EvalHarness.Tasks;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>
/// The sampling that a model's makers recommend, in generation_config.json or in the search block of genai_config.json. Runs do not use it,
/// because a task says how it generates.
/// </summary>
internal sealed class RecommendedSampling
{
    private readonly string _file;
    private readonly GenerationOptions _options;

    private RecommendedSampling(string file, GenerationOptions options) => (_file, _options) = (file, options);

    /// <summary>What the files of a model folder recommend; null if they recommend greedy decoding, or nothing.</summary>
    internal static RecommendedSampling? Read(string folder) =>
        Read(folder, "generation_config.json", block: null) ?? Read(folder, "genai_config.json", block: "search");

    private static RecommendedSampling? Read(string folder, string file, string? block)
    {
        string path = Path.Combine(folder, file);
        if (!File.Exists(path))
            return null;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement settings = json.RootElement;
            if (block is not null && !settings.TryGetProperty(block, out settings))
                return null;
            double Number(string key, double otherwise) =>
                settings.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number
                    ? value.GetDouble()
                    : otherwise;
            var options = new GenerationOptions
            {
                Until = [],
                Sample = settings.TryGetProperty("do_sample", out JsonElement sample) && sample.ValueKind == JsonValueKind.True,
                Temperature = Number("temperature", 1),
                TopP = Number("top_p", 1),
                TopK = (int)Number("top_k", 0),
                MinP = Number("min_p", 0),
                RepetitionPenalty = Number("repetition_penalty", 1),
            };
            return options is { Greedy: true, RepetitionPenalty: 1 } ? null : new RecommendedSampling(file, options);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The file decides nothing here, and the runtime complains itself of one that it cannot read.
            return null;
        }
    }

    /// <summary>A line that says what is recommended, where a task generates otherwise; null where it does the same.</summary>
    internal string? Line(string task, GenerationOptions used)
    {
        if (Settings(used) == Settings(_options))
            return null;
        string does = Settings(used) is { Length: > 0 } settings ? settings : "greedy decoding";
        return $"{_file} of the model recommends {Settings(_options)}; that is not used: {task} generates with {does}. "
            + $"To use it: --gen-kwargs {Settings(_options)}";
    }

    private static string Settings(GenerationOptions options)
    {
        string Text(string key, double value, double neutral) =>
            value == neutral ? "" : string.Create(CultureInfo.InvariantCulture, $"{key}={value}");
        string[] sampled = options.Greedy ? [] :
        [
            "do_sample=true",
            string.Create(CultureInfo.InvariantCulture, $"temperature={options.Temperature}"),
            Text("top_p", options.TopP, 1),
            Text("top_k", options.TopK, 0),
            Text("min_p", options.MinP, 0),
        ];
        string[] all = [.. sampled, Text("repetition_penalty", options.RepetitionPenalty, 1)];
        return string.Join(',', all.Where(s => s.Length > 0));
    }
}
