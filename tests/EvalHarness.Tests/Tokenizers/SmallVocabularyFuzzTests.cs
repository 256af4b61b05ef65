using System.Globalization;
using System.Text.Json.Nodes;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>Odd texts in small vocabularies with components of every kind, against what Hugging Face's library gives.</summary>
[Trait("Speed", "slow")]
public sealed class SmallVocabularyFuzzTests
{
    private const int Texts = 300;

    public static TheoryData<string> Names() => [.. SmallVocabularies.All.Keys];

    [OracleTheory]
    [MemberData(nameof(Names))]
    public void Component_OddTexts_GiveTheIdsAndTextsOfTheLibrary(string name)
    {
        using var folder = new TemporaryFolder();
        JsonObject file = SmallVocabularies.All[name]();
        string path = file.WriteTo(folder);
        using JsonTokenizer tokenizer = JsonTokenizer.Load(path);
        var odd = new OddTexts(1, ["hello", " hello ", "<s>", "</s>", "hello world", "-", "--", "ll", "a-b", "é", "É", " w ", "12"]);
        string[] texts = [.. Enumerable.Range(0, Texts).Select(_ => odd.Next())];
        var random = new Random(2);
        int[][] streams = [.. Enumerable.Range(0, Texts).Select(_ => RandomIds(random))];

        List<LibraryOracle.Answer> answers = LibraryOracle.Ask(
            path,
            [.. texts.Select(t => new LibraryOracle.Question(t)), .. streams.Select(s => new LibraryOracle.Question(Ids: s))]);
        var differ = new Differences();
        for (int i = 0; i < Texts; i++)
        {
            LibraryOracle.Answer answer = answers[i];
            differ.Check(answer.Ids!, tokenizer.Encode(texts[i]), texts[i]);
            differ.Check(answer.IdsSpecial!, tokenizer.Encode(texts[i], addSpecialTokens: true), texts[i]);
            differ.Check(answer.Ids!, tokenizer.Tokens(texts[i]).Select(t => t.Id), texts[i]);
            differ.Check(answer.Decoded!, tokenizer.Decode(answer.Ids!), texts[i]);
        }
        for (int i = 0; i < Texts; i++)
        {
            string ids = string.Join(' ', streams[i].Select(id => id.ToString(CultureInfo.InvariantCulture)));
            differ.Check(answers[Texts + i].Text!, tokenizer.Decode(streams[i]), ids);
            differ.Check(answers[Texts + i].TextSpecial!, tokenizer.Decode(streams[i], skipSpecialTokens: false), ids);
            using ITextStream stream = tokenizer.CreateStream();
            differ.Check(answers[Texts + i].Text!, string.Concat(streams[i].Select(stream.Add)) + stream.Finish(), ids);
        }
        differ.AssertNone();
    }

    private static int[] RandomIds(Random random) =>
        [.. Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(2) == 0 ? random.Next(310) : 250 + random.Next(50))];
}
