using System.IO.Compression;
using System.Text.Json;
using EvalHarness.Tokens;

namespace EvalHarness.Tests.Families;

/// <summary>How many of the shared texts have the ids and the text back that Hugging Face's library gives with a vocabulary.</summary>
/// <param name="Texts">All texts.</param>
/// <param name="SameIds">Those whose ids are the library's.</param>
/// <param name="SameText">Those whose ids are decoded to the library's text.</param>
internal sealed record FamilyIds(int Texts, int SameIds, int SameText)
{
    internal static FamilyIds Of(ModelTokenizer tokenizer, FamilyCase family)
    {
        Dictionary<int, string> texts = Lines(Path.Combine(Shared.Folder, "tokenizers", "texts.jsonl.gz"))
            .ToDictionary(line => line.GetProperty("id").GetInt32(), line => line.GetProperty("text").GetString()!);
        int ids = 0, back = 0;
        foreach (JsonElement line in Lines($"{FamilyModel.Tokenizer(family)}.ids.jsonl.gz"))
        {
            int[] expected = [.. line.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            ids += Encode(tokenizer, texts[line.GetProperty("id").GetInt32()])?.SequenceEqual(expected) == true ? 1 : 0;
            back += tokenizer.Decode(expected) == line.GetProperty("decoded").GetString() ? 1 : 0;
        }

        return new FamilyIds(texts.Count, ids, back);
    }

    private static int[]? Encode(ModelTokenizer tokenizer, string text)
    {
        try
        {
            return tokenizer.Encode(text);
        }
        catch (EvalHarness.Tokenizers.UnencodableTextException)
        {
            return null;
        }
    }

    private static IEnumerable<JsonElement> Lines(string file)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
            yield return JsonElement.Parse(line);
    }
}
