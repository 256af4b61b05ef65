using System.Text.Json;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>Odd texts and streams of ids in real vocabularies, against what Hugging Face's library gives.</summary>
[Trait("Speed", "slow")]
public sealed class RealVocabularyFuzzTests
{
    private const int Seed = 20261126, Texts = 4000, Streams = 5000;

    private static readonly string Vocabularies = Path.Combine(Shared.Folder, "tokenizers");

    public static TheoryData<string> Families() => Directory.Exists(Vocabularies)
        ? [.. Directory.GetDirectories(Vocabularies).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)]
        : ["absent"];

    [SharedOracleTheory]
    [MemberData(nameof(Families))]
    public void Encode_OddTexts_GivesTheIdsOfTheLibrary(string family)
    {
        string file = Path.Combine(Vocabularies, family, "tokenizer.json");
        string[] texts = [.. MakeTexts(file, Texts)];
        List<LibraryOracle.Answer> answers = LibraryOracle.Ask(file, texts.Select(t => new LibraryOracle.Question(t)));
        using JsonTokenizer tokenizer = JsonTokenizer.Load(file);
        var differ = new Differences();
        for (int i = 0; i < texts.Length; i++)
        {
            differ.Check(answers[i].Ids!, tokenizer.Encode(texts[i]), texts[i]);
            differ.Check(answers[i].IdsSpecial!, tokenizer.Encode(texts[i], addSpecialTokens: true), texts[i]);
            differ.Check(answers[i].Decoded!, tokenizer.Decode(answers[i].Ids!), texts[i]);
        }
        Assert.Equal(Texts, answers.Count);
        differ.AssertNone();
    }

    [SharedTheory]
    [MemberData(nameof(Families))]
    public void Stream_OfAnyIds_EqualsTheWholeDecode(string family)
    {
        using JsonTokenizer tokenizer = JsonTokenizer.Load(Path.Combine(Vocabularies, family, "tokenizer.json"));
        var differ = new Differences();
        foreach (int[] ids in MakeStreams(family, tokenizer, Streams))
        {
            foreach (bool skip in (bool[])[true, false])
            {
                using ITextStream stream = tokenizer.CreateStream(skip);
                string text = string.Concat(ids.Select(stream.Add)) + stream.Finish();
                differ.Check(tokenizer.Decode(ids, skip), text, string.Join(' ', ids));
            }
        }
        differ.AssertNone();
    }

    [SharedOracleTheory]
    [MemberData(nameof(Families))]
    public void Decode_OfAnyIds_GivesTheTextOfTheLibrary(string family)
    {
        string file = Path.Combine(Vocabularies, family, "tokenizer.json");
        using JsonTokenizer tokenizer = JsonTokenizer.Load(file);
        int[][] streams = [.. MakeStreams(family, tokenizer, Streams)];
        List<LibraryOracle.Answer> answers = LibraryOracle.Ask(file, streams.Select(s => new LibraryOracle.Question(Ids: s)));
        var differ = new Differences();
        for (int i = 0; i < streams.Length; i++)
        {
            differ.Check(answers[i].Text!, tokenizer.Decode(streams[i]), string.Join(' ', streams[i]));
            differ.Check(answers[i].TextSpecial!, tokenizer.Decode(streams[i], skipSpecialTokens: false), string.Join(' ', streams[i]));
        }
        Assert.Equal(Streams, answers.Count);
        differ.AssertNone();
    }

    private static IEnumerable<string> MakeTexts(string file, int count)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
        JsonElement tokens = document.RootElement.GetProperty("added_tokens");
        string[] added = [.. tokens.EnumerateArray().Select(t => t.GetProperty("content").GetString()!)];
        // Most of some thousand added tokens are placeholders that are all alike.
        var texts = new OddTexts(Seed, [.. added.Take(100), .. added.TakeLast(20)]);
        return Enumerable.Range(0, count).Select(_ => texts.Next());
    }

    /// <summary>Ids at random, ids of texts that begin or end in the middle, and both put together.</summary>
    private static IEnumerable<int[]> MakeStreams(string family, JsonTokenizer tokenizer, int count)
    {
        string file = Path.Combine(Vocabularies, family, "tokenizer.json");
        int size = 1 + Enumerable.Range(0, 300_000).Last(id => tokenizer.TokenOf(id) is not null);
        int[] bytes =
        [
            .. Enumerable.Range(0, size).Where(
                id => tokenizer.TokenOf(id) is { Length: 6 } token && token.StartsWith("<0x", StringComparison.Ordinal)),
        ];
        var random = new Random(Seed);
        foreach (string text in MakeTexts(file, count))
        {
            int[] ids = tokenizer.Encode(text);
            int first = random.Next(ids.Length + 1);
            int[] part = ids[first..(first + random.Next(ids.Length - first + 1))];
            yield return random.Next(4) switch
            {
                0 => part,
                // A little beyond the vocabulary there is nothing.
                1 => [.. Enumerable.Range(0, 1 + random.Next(20)).Select(_ => random.Next(size + 3))],
                2 => [.. part.SelectMany(id => random.Next(4) > 0 ? [id] : (int[])[id, random.Next(random.Next(2) == 0 ? size : 300)])],
                _ => [.. part.SelectMany(id => bytes.Length == 0 ? [random.Next(300), id] : (int[])[id, bytes[random.Next(bytes.Length)]])],
            };
        }
    }
}
