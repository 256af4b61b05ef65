using System.IO.Compression;
using System.Text;
using System.Text.Json;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>Ids and texts that Hugging Face's library gave for real vocabularies, on every text there is.</summary>
public sealed class GoldenTokensTests
{
    private static readonly string Folder = Path.Combine(Shared.Folder, "tokenizers");

    private sealed record Golden(long Id, int[] Ids, int[] IdsSpecial, string Decoded);

    private sealed record Text(long Id, string Set, [property: System.Text.Json.Serialization.JsonPropertyName("text")] string Value);

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static TheoryData<string> Families() =>
        Shared.Missing is null
            ? [.. Directory.GetFiles(Folder, "*.ids.jsonl.gz").Select(f => Path.GetFileName(f)[..^".ids.jsonl.gz".Length]).Order()]
            : ["absent"];

    private static List<T> ReadLines<T>(string file)
    {
        using var stream = new GZipStream(File.OpenRead(Path.Combine(Folder, file)), CompressionMode.Decompress);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var lines = new List<T>();
        while (reader.ReadLine() is { } line)
            lines.Add(JsonSerializer.Deserialize<T>(line, Options)!);
        return lines;
    }

    private static string Streamed(JsonTokenizer tokenizer, int[] ids)
    {
        using ITextStream stream = tokenizer.CreateStream();
        return string.Concat(ids.Select(stream.Add)) + stream.Finish();
    }

    [SharedTheory]
    [MemberData(nameof(Families))]
    public void RealVocabulary_EveryText_HasTheIdsAndTextOfTheLibrary(string family)
    {
        using JsonTokenizer tokenizer = JsonTokenizer.Load(Path.Combine(Folder, family, "tokenizer.json"));
        Dictionary<long, string> texts = ReadLines<Text>("texts.jsonl.gz").ToDictionary(t => t.Id, t => t.Value);
        List<Golden> goldens = ReadLines<Golden>($"{family}.ids.jsonl.gz");
        Assert.Equal(1694, goldens.Count);
        var differ = new List<string>();
        foreach (Golden golden in goldens)
        {
            string text = texts[golden.Id];
            Check("ids", golden.Ids, tokenizer.Encode(text));
            Check("ids_special", golden.IdsSpecial, tokenizer.Encode(text, addSpecialTokens: true));
            Check("ids with offsets", golden.Ids, tokenizer.Tokens(text).Select(t => t.Id));
            Check("decoded", golden.Decoded, tokenizer.Decode(golden.Ids));
            Check("streamed", golden.Decoded, Streamed(tokenizer, golden.Ids));

            void Check<T>(string what, IEnumerable<T> expected, IEnumerable<T> found)
            {
                if (!expected.SequenceEqual(found))
                    differ.Add($"{golden.Id} {what}: expected {string.Join(' ', expected)}, found {string.Join(' ', found)}");
            }
        }

        Assert.True(differ.Count == 0, $"{differ.Count} differ; the first: {differ.FirstOrDefault()}");
    }
}
