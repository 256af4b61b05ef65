using System.Text;
using System.Text.Json;

namespace EvalHarness.Tokenizers;

/// <summary>What a tokenizer.json says. Truncation and padding are left out: a text is encoded whole here.</summary>
internal sealed record TokenizerFile
{
    public required Vocabulary Vocabulary { get; init; }

    public required BytePairMerges Merges { get; init; }

    public required BytePairOptions Options { get; init; }

    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    public required IReadOnlyList<Normalizer> Normalizers { get; init; }

    public required IReadOnlyList<PreTokenizer> PreTokenizers { get; init; }

    public required PostProcessor PostProcessor { get; init; }

    public required DecodingSteps Decoder { get; init; }

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the file cannot be read, is damaged, or has a component that is not supported.
    /// </exception>
    internal static TokenizerFile Read(string file)
    {
        try
        {
            return Read(file, File.ReadAllBytes(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw TokenizerPart.Wrong(file, $"cannot be read: {e.Message}", e);
        }
        catch (JsonException e)
        {
            string place = $"line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}";
            throw TokenizerPart.Wrong(file, $"not valid JSON at {place}: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw TokenizerPart.Wrong(file, $"not a tokenizer.json: {e.Message}", e);
        }
    }

    private static TokenizerFile Read(string file, byte[] bytes)
    {
        Dictionary<string, Range> values = BytePairReader.Values(bytes, 0..bytes.Length);
        if (!values.TryGetValue("model", out Range model))
            throw TokenizerPart.Wrong(file, "model is missing; expected a tokenizer.json of Hugging Face's library");
        if (values.TryGetValue("version", out Range version) && !bytes.AsSpan()[version].SequenceEqual("\"1.0\""u8))
            throw TokenizerPart.Wrong(file, $"version is {Encoding.UTF8.GetString(bytes.AsSpan()[version])}; expected \"1.0\"");
        // Everything but the model is small.
        TokenizerPart? Part(string key)
        {
            if (!values.TryGetValue(key, out Range range))
                return null;
            using JsonDocument json = JsonDocument.Parse(bytes.AsMemory()[range]);
            return json.RootElement.ValueKind switch
            {
                JsonValueKind.Null => null,
                JsonValueKind.Object => new TokenizerPart(file, key, json.RootElement.Clone()),
                _ => throw TokenizerPart.Wrong(file, $"{key} is no object"),
            };
        }

        // These are read first: a component that is not supported is said without reading a large vocabulary.
        Normalizer[] normalizers = Part("normalizer") is { } normalizer ? [.. Normalizer.Read(normalizer)] : [];
        PreTokenizer[] preTokenizers = Part("pre_tokenizer") is { } preTokenizer ? [.. PreTokenizer.Read(preTokenizer)] : [];
        PostProcessor postProcessor = Part("post_processor") is { } processor ? PostProcessor.Read(processor) : PostProcessor.None;
        var decoder = new DecodingSteps(Part("decoder"));
        (Vocabulary vocabulary, BytePairMerges merges, BytePairOptions options) = BytePairReader.Read(file, bytes, model);
        return new TokenizerFile
        {
            Vocabulary = vocabulary,
            Merges = merges,
            Options = options,
            AddedTokens = values.TryGetValue("added_tokens", out Range added)
                ? ReadAddedTokens(file, bytes.AsMemory()[added], vocabulary)
                : [],
            Normalizers = normalizers,
            PreTokenizers = preTokenizers,
            PostProcessor = postProcessor,
            Decoder = decoder,
        };
    }

    private static List<AddedToken> ReadAddedTokens(string file, ReadOnlyMemory<byte> bytes, Vocabulary vocabulary)
    {
        using JsonDocument json = JsonDocument.Parse(bytes);
        if (json.RootElement.ValueKind != JsonValueKind.Array)
            throw TokenizerPart.Wrong(file, "added_tokens is no list");
        var tokens = new List<AddedToken>();
        var ids = new Dictionary<string, int>();
        int next = vocabulary.Count;
        foreach (JsonElement element in json.RootElement.EnumerateArray())
        {
            var part = new TokenizerPart(file, $"added_tokens[{tokens.Count}]", element);
            string content = part.Text("content");
            if (content.Length == 0)
                continue;
            if (!ids.TryGetValue(content, out int id) && !vocabulary.TryGetId(content, out id))
                id = next++;
            ids[content] = id;
            tokens.Add(new AddedToken
            {
                Content = content,
                Id = id,
                WrittenId = part.Whole("id", int.MaxValue),
                Special = part.Flag("special"),
                Normalized = part.Flag("normalized"),
                StripsLeft = part.Flag("lstrip"),
                StripsRight = part.Flag("rstrip"),
                SingleWord = part.Flag("single_word"),
            });
        }

        return tokens;
    }
}
