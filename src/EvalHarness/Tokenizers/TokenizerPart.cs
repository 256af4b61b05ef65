using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace EvalHarness.Tokenizers;

/// <summary>An object of tokenizer.json. What it lacks, and what it has that is not supported, is said in one line.</summary>
/// <param name="file">The file, for messages.</param>
/// <param name="place">Where the object stands in it, for messages: the keys that lead to it.</param>
/// <param name="json">The object.</param>
internal sealed class TokenizerPart(string file, string place, JsonElement json)
{
    internal const string Advice = "in a run, --tokenizer genai takes ONNX Runtime GenAI's own tokenizer";

    internal string Place => place;

    /// <summary>The name of the component.</summary>
    internal string Type => Text("type");

    internal EvalException Wrong(string found) => Wrong(file, $"{place}: {found}");

    internal static EvalException Wrong(string file, string found, Exception? inner = null) =>
        new(ExitCode.Model, $"{file}: {found}; {Advice}", inner);

    /// <summary>That the component is none of those that there are.</summary>
    internal EvalException Unsupported(params string[] supported) =>
        Wrong($"the component {Type} is not supported; supported are {string.Join(", ", supported)}");

    private bool TryGet(string key, out JsonElement value)
    {
        value = default;
        return json.ValueKind == JsonValueKind.Object && json.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private JsonElement Get(string key, string expected, params JsonValueKind[] kinds)
    {
        if (!TryGet(key, out JsonElement value))
            throw Wrong($"{key} is missing; expected {expected}");
        return kinds.Contains(value.ValueKind) ? value : throw Wrong($"{key} is {Shorten(value)}; expected {expected}");
    }

    private static string Shorten(JsonElement value) =>
        value.GetRawText() is { Length: > 60 } text ? text[..60] + "..." : value.GetRawText();

    internal bool Has(string key) => TryGet(key, out _);

    internal string Text(string key) => Text(Get(key, "a string", JsonValueKind.String), key);

    private string Text(JsonElement value, string key)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw Wrong(file, $"{place}: {key} is not valid Unicode: {Shorten(value)}", e);
        }
    }

    /// <param name="key">The key.</param>
    /// <param name="otherwise">The value where the key is missing; null if it must not be.</param>
    internal bool Flag(string key, bool? otherwise = null) =>
        otherwise is { } value && !Has(key) ? value : Get(key, "true or false", JsonValueKind.True, JsonValueKind.False).GetBoolean();

    internal bool IsZero(string key) =>
        Get(key, "a number", JsonValueKind.Number).TryGetDouble(out double number) && number == 0;

    internal int Whole(string key, int highest)
    {
        string expected = $"a whole number from 0 to {highest}";
        JsonElement value = Get(key, expected, JsonValueKind.Number);
        return value.TryGetInt32(out int number) && number >= 0 && number <= highest
            ? number
            : throw Wrong($"{key} is {Shorten(value)}; expected {expected}");
    }

    /// <summary>The single code point that a string consists of.</summary>
    internal string CodePoint(string key)
    {
        string text = Text(key);
        return text.EnumerateRunes().Count() == 1 ? text : throw Wrong($"{key} is \"{text}\"; expected one character");
    }

    internal TokenizerPart Part(string key) =>
        new(file, $"{place}.{key}", Get(key, "an object", JsonValueKind.Object));

    internal bool TryGetPart(string key, [NotNullWhen(true)] out TokenizerPart? part)
    {
        part = Has(key) ? Part(key) : null;
        return part is not null;
    }

    internal IEnumerable<TokenizerPart> Parts(string key) =>
        Get(key, "a list of objects", JsonValueKind.Array).EnumerateArray().Select((value, i) =>
            value.ValueKind == JsonValueKind.Object
                ? new TokenizerPart(file, $"{place}.{key}[{i}]", value)
                : throw Wrong($"{key}[{i}] is {Shorten(value)}; expected an object"));

    /// <summary>A list of ids, or a pair of a token and its id, as the processors of BERT and RoBERTa have it.</summary>
    internal IReadOnlyList<int> Ids(string key) =>
        [.. Get(key, "a list with token ids", JsonValueKind.Array).EnumerateArray()
            .Where(value => value.ValueKind != JsonValueKind.String)
            .Select(value => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int id) && id >= 0
                ? id
                : throw Wrong($"{key} has {Shorten(value)}; expected token ids"))];
}
