using System.Text.Json.Nodes;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>
/// Small tokenizer.json files for tests. In byte-level vocabularies the id of a byte is its value, so that ids are read easily; the tokens
/// of merges follow from 256 on. In vocabularies of SentencePiece, the token of byte b has the id 3 + b, and letters follow from 259 on.
/// </summary>
internal static class SmallTokenizer
{
    internal const string Gpt2ByteLevel = """{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}""";

    internal const string BytesOnly = """{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}""";

    internal const string SentencePieceNormalizer = """
        {"type": "Sequence", "normalizers": [
            {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
        """;

    internal const string SentencePieceDecoder = """
        {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
        """;

    /// <summary>The characters that stand for bytes, by byte.</summary>
    private static IEnumerable<string> ByteCharacters()
    {
        int other = 0x100;
        for (int b = 0; b < 256; b++)
            yield return ((char)(b is > 32 and < 127 or > 160 and not 173 ? b : other++)).ToString();
    }

    /// <summary>A byte-level tokenizer that is GPT-2's but for its vocabulary.</summary>
    /// <param name="merges">Pairs with a space between them, such as "t h"; U+0120 is a space of the text.</param>
    internal static JsonObject ByteLevel(params string[] merges) =>
        Create([.. ByteCharacters()], merges, preTokenizer: Gpt2ByteLevel, decoder: Gpt2ByteLevel);

    /// <summary>A tokenizer as Llama 2's: one word with U+2581 for spaces, and bytes for what is not in the vocabulary.</summary>
    internal static JsonObject SentencePiece(params string[] merges)
    {
        JsonObject file = Create(
            [
                "<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"),
                .. "▁abcdefghijklmnopqrstuvwxyz".Select(c => c.ToString()),
            ],
            merges,
            normalizer: SentencePieceNormalizer,
            decoder: SentencePieceDecoder);
        file["model"]!["byte_fallback"] = true;
        file["model"]!["fuse_unk"] = true;
        file["model"]!["unk_token"] = "<unk>";
        file["added_tokens"] = new JsonArray(Added("<unk>", 0), Added("<s>", 1), Added("</s>", 2));
        file["post_processor"] = JsonNode.Parse("""
            {"type": "TemplateProcessing",
             "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
             "pair": [],
             "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}}
            """);
        return file;
    }

    internal static JsonObject Create(
        string[] tokens, string[] merges, string? normalizer = null, string? preTokenizer = null, string? decoder = null)
    {
        var vocabulary = new JsonObject();
        foreach (string token in tokens.Concat(merges.Select(m => m.Replace(" ", "", StringComparison.Ordinal))).Distinct())
            vocabulary[token] = vocabulary.Count;
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = Parse(normalizer),
            ["pre_tokenizer"] = Parse(preTokenizer),
            ["post_processor"] = null,
            ["decoder"] = Parse(decoder),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. merges.Select(m => JsonValue.Create(m))]),
            },
        };
    }

    /// <summary>An added token that is special and not normalized, unless it is changed.</summary>
    internal static JsonObject Added(string content, int id) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    internal static JsonObject With(this JsonObject node, string key, JsonNode? value)
    {
        node[key] = value;
        return node;
    }

    internal static JsonNode? Parse(string? json) => json is null ? null : JsonNode.Parse(json);

    /// <summary>Writes a file into a folder and loads it.</summary>
    internal static JsonTokenizer Load(this JsonObject file, TemporaryFolder folder) =>
        JsonTokenizer.Load(file.WriteTo(folder));

    internal static string WriteTo(this JsonObject file, TemporaryFolder folder) =>
        folder.Write("tokenizer.json", file.ToJsonString());
}
