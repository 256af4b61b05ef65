using System.Text.Json;
using EvalHarness.Files;

namespace EvalHarness.Tokenizers;

/// <summary>
/// Compares what the files of a model folder say of its special tokens: the ids in config.json, generation_config.json and
/// genai_config.json, the texts in tokenizer_config.json, and the ids that tokenizer.json writes beside its added tokens.
/// </summary>
internal static class SpecialTokenCheck
{
    private const string Engine = "genai_config.json";

    private static readonly string[] Kinds = ["bos", "eos", "pad"];

    /// <summary>One line for each disagreement; none if the files agree, or say nothing.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="tokenizer">The tokenizer of its tokenizer.json; null where it is not used.</param>
    internal static IReadOnlyList<string> Disagreements(string folder, JsonTokenizer? tokenizer)
    {
        var lines = new List<string>();
        var said = new List<(string File, string Kind, int[] Ids)>();
        foreach (string name in (string[])[Engine, "generation_config.json", "config.json", "tokenizer_config.json"])
        {
            string file = Path.Combine(folder, name);
            if (!File.Exists(file))
                continue;
            try
            {
                using var json = JsonDocument.Parse(File.ReadAllBytes(file));
                JsonElement root = json.RootElement;
                if (name == Engine)
                    root = root.GetProperty("model");
                said.AddRange(Kinds.Select(kind => (name, kind, Ids(root, kind, tokenizer))).Where(s => s.Item3.Length > 0));
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
            {
                lines.Add($"{name} cannot be read: {EvalException.OneLine(e.Message)}");
            }
        }

        lines.AddRange(Kinds.SelectMany(kind => Compared(kind, [.. said.Where(s => s.Kind == kind).Select(s => (s.File, s.Ids))])));
        if (tokenizer is not null)
        {
            lines.AddRange(tokenizer.AddedTokens.Where(t => t.WrittenId != t.Id).Select(t =>
                $"tokenizer.json writes id {t.WrittenId} beside {t.Content}, and Hugging Face's library gives it {t.Id}"));
        }

        return lines;
    }

    /// <summary>
    /// The first file is what the engine goes by. Of ends of text it must know all that the other files name, and may know more.
    /// </summary>
    private static IEnumerable<string> Compared(string kind, (string File, int[] Ids)[] said)
    {
        if (said.Length < 2)
            yield break;
        (string first, int[] ids) = said[0];
        foreach ((string file, int[] others) in said.Skip(1))
        {
            if (kind == "eos" ? others.Except(ids).Any() : !others.SequenceEqual(ids))
                yield return $"{kind}: {first} says {Text(ids)}, {file} says {Text(others)}";
        }
    }

    private static string Text(int[] ids) => string.Join(' ', ids);

    /// <summary>Ids are written as a number or a list, tokens as a text or as an object with the text as content.</summary>
    private static int[] Ids(JsonElement root, string kind, JsonTokenizer? tokenizer)
    {
        if (root.TryGetProperty($"{kind}_token_id", out JsonElement id))
        {
            return id.ValueKind switch
            {
                JsonValueKind.Array => [.. id.EnumerateArray().Select(i => WholeNumber.From(i, 0)).OfType<int>()],
                JsonValueKind.Number => WholeNumber.From(id, 0) is { } one ? [one] : [],
                _ => [],
            };
        }

        if (tokenizer is null || !root.TryGetProperty($"{kind}_token", out JsonElement token))
            return [];
        if (token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out JsonElement content))
            token = content;
        return token.ValueKind == JsonValueKind.String && tokenizer.IdOf(token.GetString()!) is { } found ? [found] : [];
    }
}
