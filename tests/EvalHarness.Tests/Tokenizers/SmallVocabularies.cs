using System.Text.Json.Nodes;
using static EvalHarness.Tests.Tokenizers.SmallTokenizer;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>Small tokenizer.json files, each with a component or an option that the real vocabularies of the tests do not have.</summary>
internal static class SmallVocabularies
{
    private static readonly string[] Behaviors = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"];

    private static readonly string[] Flags =
        ["", "lstrip", "rstrip", "lstrip rstrip", "single_word", "single_word lstrip rstrip", "normalized"];

    private static readonly string[] Patterns =
        ["""{"String": "-"}""", """{"String": " "}""", """{"Regex": "\\s+"}""", """{"Regex": "\\p{L}*"}"""];

    private static readonly string[] Merges =
    [
        "h e", "l l", "he ll", "hell o", "Ġ w", "o r", "Ġw or", "Ġ Ġ", "ĠĠ ĠĠ", "Ċ Ċ", "1 2", "' s", "Ã ©", "ð Ł", "ðŁ ĺ",
        "ä ½", "Ġ t", "e r",
        "a n",
    ];

    internal static IReadOnlyDictionary<string, Func<JsonObject>> All { get; } = Entries().ToDictionary();

    private static IEnumerable<KeyValuePair<string, Func<JsonObject>>> Entries()
    {
        foreach (string behavior in Behaviors)
        {
            foreach (string pattern in Patterns)
            {
                foreach (string invert in (string[])["false", "true"])
                {
                    string split = $$"""{"type": "Split", "pattern": {{pattern}}, "behavior": "{{behavior}}", "invert": {{invert}}}""";
                    yield return Bytes($"Split {behavior} {pattern} {invert}", split);
                }
            }
            yield return Bytes($"Punctuation {behavior}", $$"""{"type": "Punctuation", "behavior": "{{behavior}}"}""");
        }
        foreach (string type in (string[])["Whitespace", "WhitespaceSplit", "Punctuation", "BertPreTokenizer"])
            yield return Bytes(type, $$"""{"type": "{{type}}"}""");
        foreach (string flag in (string[])["false", "true"])
        {
            yield return Bytes($"Digits {flag}", $$"""{"type": "Digits", "individual_digits": {{flag}}}""");
            yield return Bytes(
                $"ByteLevel prefix {flag}",
                $$"""{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": {{flag}}}""",
                alone: true);
            foreach (string scheme in (string[])["always", "first", "never"])
            {
                string metaspace = $$"""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "{{scheme}}", "split": {{flag}}}""";
                yield return Pieces(
                    $"Metaspace {scheme} {flag}",
                    f => f.With("normalizer", null).With("pre_tokenizer", Parse(metaspace)).With("decoder", Parse(metaspace)));
            }
        }

        (string Name, string Json)[] normalizers =
        [
            ("NFC", """{"type": "NFC"}"""),
            ("NFD", """{"type": "NFD"}"""),
            ("NFKC", """{"type": "NFKC"}"""),
            ("NFKD", """{"type": "NFKD"}"""),
            ("Lowercase", """{"type": "Lowercase"}"""),
            ("StripAccents", """{"type": "StripAccents"}"""),
            ("Strip left", """{"type": "Strip", "strip_left": true, "strip_right": false}"""),
            ("Strip right", """{"type": "Strip", "strip_left": false, "strip_right": true}"""),
            ("Prepend", """{"type": "Prepend", "prepend": "he"}"""),
            ("Replace expression", """{"type": "Replace", "pattern": {"Regex": "\\s{2,}"}, "content": "ll"}"""),
            ("Replace text", """{"type": "Replace", "pattern": {"String": "ll"}, "content": ""}"""),
            (
                "several",
                """
                {"type": "Sequence",
                 "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, {"type": "NFC"}]}
                """),
        ];
        foreach ((string name, string json) in normalizers)
        {
            yield return new(name, () => ByteLevel(Merges).With("normalizer", Parse(json)));
            yield return new(
                $"{name}, added tokens",
                () => AddTokens(
                    ByteLevel(Merges).With("normalizer", Parse(json)),
                    [("hello", ""), ("É", ""), ("<s>", ""), ("  ", ""), ("w", "single_word")]));
        }

        foreach (bool fallback in (bool[])[false, true])
        {
            foreach (bool fuse in (bool[])[false, true])
            {
                foreach (string? unknown in (string?[])["<unk>", null])
                {
                    yield return Pieces(
                        $"byte_fallback {fallback} fuse_unk {fuse} unk_token {unknown}",
                        f => f.WithModel("byte_fallback", fallback).WithModel("fuse_unk", fuse).WithModel("unk_token", unknown));
                }
            }
        }
        foreach (bool ignore in (bool[])[false, true])
            yield return new(
                $"ignore_merges {ignore}",
                () => ByteLevel(["a b", "b c", "ab c", "l d", .. Merges, "or ld"]).WithModel("ignore_merges", ignore));

        foreach (string flags in Flags)
        {
            yield return new(
                $"added tokens {flags}",
                () => AddTokens(
                    ByteLevel(Merges),
                    [("<s>", flags), ("hell", flags), ("hello", flags), ("你", flags), ("😀", flags), ("'s", flags)]));
            yield return Pieces(
                $"added tokens in pieces {flags}",
                f => AddTokens(f, [("he", flags), ("hello", flags), ("▁", flags), ("\n", flags)]));
        }
        yield return new("added tokens not special", () => AddTokens(ByteLevel(Merges), [("hello", "plain"), ("é", "plain"), ("<s>", "")]));

        foreach (string decoder in (string[])
            [
                """{"type": "Fuse"}""", """{"type": "ByteFallback"}""", """{"type": "Strip", "content": "h", "start": 1, "stop": 0}""",
                """{"type": "Replace", "pattern": {"String": "ll"}, "content": ""}""", """{"type": "Metaspace", "replacement": "▁"}""",
                """
                {"type": "Sequence",
                 "decoders": [{"type": "ByteFallback"}, {"type": "Metaspace", "replacement": "▁"}, {"type": "Fuse"}]}
                """,
            ])
        {
            yield return Pieces($"decoder {decoder}", f => f.With("decoder", Parse(decoder)));
        }
        yield return Pieces("no decoder", f => f.With("decoder", null));
    }

    private static KeyValuePair<string, Func<JsonObject>> Bytes(string name, string preTokenizer, bool alone = false) => new(
        name,
        () => ByteLevel(Merges).With(
            "pre_tokenizer",
            Parse(alone ? preTokenizer : $$"""{"type": "Sequence", "pretokenizers": [{{preTokenizer}}, {{BytesOnly}}]}""")));

    private static KeyValuePair<string, Func<JsonObject>> Pieces(string name, Action<JsonObject> change) => new(name, () =>
    {
        JsonObject file = SentencePiece("h e", "l l", "he ll", "hell o", "▁ w", "▁ ▁", "▁▁ ▁▁", "o r", "▁ t", "a n");
        change(file);
        return file;
    });

    private static JsonObject WithModel(this JsonObject file, string key, JsonNode? value)
    {
        file["model"]![key] = value;
        return file;
    }

    private static JsonObject AddTokens(JsonObject file, (string Content, string Flags)[] tokens)
    {
        var added = (JsonArray)file["added_tokens"]!;
        var vocabulary = (JsonObject)file["model"]!["vocab"]!;
        int next = vocabulary.Count;
        foreach ((string content, string flags) in tokens)
        {
            JsonObject token = Added(content, vocabulary.TryGetPropertyValue(content, out JsonNode? id) ? (int)id! : next++);
            foreach (string flag in flags.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                token[flag == "plain" ? "special" : flag] = flag != "plain";
            added.Add(token);
        }
        return file;
    }
}
