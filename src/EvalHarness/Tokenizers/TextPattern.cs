using System.Text;

namespace EvalHarness.Tokenizers;

/// <summary>What a component of tokenizer.json looks for in a text: a string, a regular expression, or a class of code points.</summary>
internal abstract class TextPattern
{
    /// <summary>Appends the matches in a part of a text, from left to right. They do not overlap, and may be empty.</summary>
    internal abstract void Find(string text, int start, int length, List<(int Start, int End)> matches);

    /// <summary>The pattern of a component, which is written as {"String": ...} or {"Regex": ...}.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: it is neither, or a regular expression that is not supported.
    /// </exception>
    internal static TextPattern Read(TokenizerPart component)
    {
        TokenizerPart pattern = component.Part("pattern");
        if (pattern.Has("String"))
            return new LiteralPattern(pattern.Text("String"));
        if (!pattern.Has("Regex"))
            throw pattern.Wrong("expected String or Regex");
        try
        {
            return new RegexPattern(new CodePointRegex(pattern.Text("Regex")));
        }
        catch (Exception e) when (e is NotSupportedException or ArgumentException)
        {
            throw pattern.Wrong($"the regular expression {pattern.Text("Regex")} is not supported: {e.Message}");
        }
    }
}

/// <summary>A string that stands for itself.</summary>
internal sealed class LiteralPattern(string literal) : TextPattern
{
    internal string Literal => literal;

    internal override void Find(string text, int start, int length, List<(int Start, int End)> matches)
    {
        int end = start + length;
        if (literal.Length == 0)
        {
            for (int at = start; at <= end; at += at < end && char.IsHighSurrogate(text[at]) ? 2 : 1)
                matches.Add((at, at));
            return;
        }

        for (int at = start; (at = text.IndexOf(literal, at, end - at, StringComparison.Ordinal)) >= 0; at += literal.Length)
            matches.Add((at, at + literal.Length));
    }
}

/// <summary>A regular expression.</summary>
internal sealed class RegexPattern(CodePointRegex regex) : TextPattern
{
    internal override void Find(string text, int start, int length, List<(int Start, int End)> matches)
    {
        foreach ((int at, int count) in regex.Enumerate(text, start, length))
            matches.Add((at, at + count));
    }
}

/// <summary>Each code point of a class is a match of its own.</summary>
internal sealed class ClassPattern(Func<Rune, bool> contains) : TextPattern
{
    internal override void Find(string text, int start, int length, List<(int Start, int End)> matches)
    {
        for (int at = start; at < start + length;)
        {
            Rune rune = CodePoints.At(text, at);
            int end = at + rune.Utf16SequenceLength;
            if (contains(rune))
                matches.Add((at, end));
            at = end;
        }
    }
}

/// <summary>Runs of word characters, and runs of what is neither a word character nor whitespace.</summary>
internal sealed class WordPattern : TextPattern
{
    internal override void Find(string text, int start, int length, List<(int Start, int End)> matches)
    {
        int begin = start, kind = 0;
        for (int at = start; at < start + length;)
        {
            Rune rune = CodePoints.At(text, at);
            int found = CodePoints.IsWord(rune) ? 1 : Rune.IsWhiteSpace(rune) ? 0 : 2;
            if (found != kind)
            {
                if (kind != 0)
                    matches.Add((begin, at));
                (begin, kind) = (at, found);
            }

            at += rune.Utf16SequenceLength;
        }

        if (kind != 0)
            matches.Add((begin, start + length));
    }
}
