using System.Text;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokens;

/// <summary>A tokenizer whose tokens are letters, and a few texts of its own, some of which decoded texts do not show.</summary>
internal sealed class LetterTokenizer(params (string Text, bool Special)[] added) : ITokenizer
{
    private const int FirstAdded = 1_000_000;

    public string Name => "letters";

    public IReadOnlyList<string> SpecialTokens => [];

    public IReadOnlyList<int> Prefix => [];

    public int[] Encode(string text, bool addSpecialTokens = false)
    {
        var tokens = new List<int>();
        for (int at = 0; at < text.Length;)
        {
            int known = Array.FindIndex(added, a => text.AsSpan(at).StartsWith(a.Text, StringComparison.Ordinal));
            tokens.Add(known < 0 ? text[at] : FirstAdded + known);
            at += known < 0 ? 1 : added[known].Text.Length;
        }

        return [.. tokens];
    }

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var text = new StringBuilder();
        foreach (int id in ids)
        {
            if (id < FirstAdded)
                text.Append((char)id);
            else if (id - FirstAdded < added.Length && !(skipSpecialTokens && added[id - FirstAdded].Special))
                text.Append(added[id - FirstAdded].Text);
        }

        return text.ToString();
    }

    public ITextStream CreateStream(bool skipSpecialTokens = true) => new Stream(this, skipSpecialTokens);

    public void Dispose()
    {
    }

    private sealed class Stream(LetterTokenizer tokenizer, bool skipSpecialTokens) : ITextStream
    {
        public string Add(int id) => tokenizer.Decode([id], skipSpecialTokens);

        public string Finish() => "";

        public void Dispose()
        {
        }
    }
}
