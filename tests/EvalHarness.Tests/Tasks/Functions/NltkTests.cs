using System.Text.Json;
using EvalHarness.Tasks.Functions.Nltk;

namespace EvalHarness.Tests.Tasks.Functions;

/// <summary>Sentences and words against NLTK's own (nltk-cases.json), with a small model that NLTK trained on generated text.</summary>
public sealed class NltkTests
{
    /// <summary>A folder as NLTK_DATA names one.</summary>
    internal static string Data => Path.Combine(AppContext.BaseDirectory, "Tasks", "Functions", "nltk_data");

    private static readonly JsonElement Cases = JsonSerializer.Deserialize<JsonElement>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Tasks", "Functions", "nltk-cases.json")));

    private static void AssertAll(string kind, Func<string, IReadOnlyList<string>> split)
    {
        string[] wrong =
        [
            .. from c in Cases.GetProperty(kind).EnumerateArray()
               let pieces = split(c.GetProperty("in").GetString()!)
               where !c.GetProperty("out").EnumerateArray().Select(e => e.GetString()!).SequenceEqual(pieces)
               select $"{c.GetRawText().ReplaceLineEndings(" ")} gave {JsonSerializer.Serialize(pieces)}",
        ];
        Assert.True(wrong.Length == 0, $"{wrong.Length} differ:\n{string.Join('\n', wrong.Take(8))}");
    }

    [Fact]
    public void Sentences_AsNltk()
    {
        var punkt = new Punkt(PunktModel.Read(Path.Combine(Data, "tokenizers", "punkt_tab", "english")));
        AssertAll("sentences", punkt.Split);
    }

    [Fact]
    public void Words_AsNltk() => AssertAll("words", WordTokenizer.Split);
}
