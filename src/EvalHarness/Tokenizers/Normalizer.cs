using System.Text;

namespace EvalHarness.Tokenizers;

/// <summary>A normalizer of tokenizer.json: what is changed in a text before it is split into words.</summary>
internal abstract class Normalizer
{
    /// <summary>The text in its normal form; the same object if nothing changes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">
    /// An empty list, to which for each UTF-16 unit of a changed text the index is added of the unit that it comes from; null if nobody
    /// asks.
    /// </param>
    internal abstract string Apply(string text, List<int>? from);

    /// <summary>The normalizers in their order; those of a sequence one by one.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: one is not supported, or not written as it must be.</exception>
    internal static IEnumerable<Normalizer> Read(TokenizerPart part) => part.Type switch
    {
        "Sequence" => part.Parts("normalizers").SelectMany(Read),
        "NFC" => [new UnicodeNormalizer(NormalizationForm.FormC)],
        "NFD" => [new UnicodeNormalizer(NormalizationForm.FormD)],
        "NFKC" => [new UnicodeNormalizer(NormalizationForm.FormKC)],
        "NFKD" => [new UnicodeNormalizer(NormalizationForm.FormKD)],
        "Replace" => [new ReplaceNormalizer(TextPattern.Read(part), part.Text("content"))],
        "Prepend" => [new PrependNormalizer(part.Text("prepend"))],
        "Lowercase" => [new RuneNormalizer(CodePoints.Lower)],
        "StripAccents" => [new RuneNormalizer(rune => CodePoints.IsStrippedAccent(rune) ? "" : rune.ToString())],
        "Strip" => [new StripNormalizer(part.Flag("strip_left"), part.Flag("strip_right"))],
        "ByteLevel" => [new ByteLevelNormalizer()],
        _ => throw part.Unsupported(
            "Sequence", "NFC", "NFD", "NFKC", "NFKD", "Replace", "Prepend", "Lowercase", "StripAccents", "Strip", "ByteLevel"),
    };

    /// <summary>Applies normalizers one after the other.</summary>
    internal static string ApplyAll(IReadOnlyList<Normalizer> normalizers, string text, ref List<int>? from)
    {
        foreach (Normalizer normalizer in normalizers)
        {
            List<int>? next = from is null ? null : [];
            string changed = normalizer.Apply(text, next);
            if (ReferenceEquals(changed, text))
                continue;
            if (next is not null)
            {
                // Empty after an unchanged text, whose units come from themselves.
                if (from!.Count > 0)
                {
                    for (int i = 0; i < next.Count; i++)
                        next[i] = from[next[i]];
                }

                from = next;
            }

            text = changed;
        }

        return text;
    }
}

/// <summary>One of the four normal forms of Unicode.</summary>
internal sealed class UnicodeNormalizer(NormalizationForm form) : Normalizer
{
    internal override string Apply(string text, List<int>? from) => UnicodeNormalization.Apply(form, text, from);
}

/// <summary>Puts one text in the place of each match of a pattern.</summary>
internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : Normalizer
{
    internal override string Apply(string text, List<int>? from)
    {
        if (from is null && pattern is LiteralPattern { Literal.Length: > 0 } literal)
            return text.Replace(literal.Literal, content, StringComparison.Ordinal);
        List<(int Start, int End)> matches = [];
        pattern.Find(text, 0, text.Length, matches);
        if (matches.Count == 0)
            return text;
        var changed = new StringBuilder(text.Length);
        int done = 0;
        foreach ((int start, int end) in matches)
        {
            Copy(done, start);
            changed.Append(content);
            from?.AddRange(Enumerable.Repeat(start, content.Length));
            done = end;
        }

        Copy(done, text.Length);
        return changed.ToString();

        void Copy(int start, int end)
        {
            changed.Append(text, start, end - start);
            from?.AddRange(Enumerable.Range(start, end - start));
        }
    }
}

/// <summary>Puts a text before every text that is not empty.</summary>
internal sealed class PrependNormalizer(string prepend) : Normalizer
{
    internal override string Apply(string text, List<int>? from)
    {
        if (text.Length == 0 || prepend.Length == 0)
            return text;
        from?.AddRange(Enumerable.Repeat(0, prepend.Length));
        from?.AddRange(Enumerable.Range(0, text.Length));
        return prepend + text;
    }
}

/// <summary>Puts a text in the place of each code point.</summary>
internal sealed class RuneNormalizer(Func<Rune, string> map) : Normalizer
{
    internal override string Apply(string text, List<int>? from)
    {
        var changed = new StringBuilder(text.Length);
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            string mapped = map(rune);
            changed.Append(mapped);
            for (int i = 0; i < mapped.Length; i++)
                from?.Add(at + Math.Min(i, rune.Utf16SequenceLength - 1));
            at += rune.Utf16SequenceLength;
        }

        return changed.ToString();
    }
}

/// <summary>Takes whitespace away from the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    internal override string Apply(string text, List<int>? from)
    {
        int start = 0, end = text.Length;
        while (left && start < end && char.IsWhiteSpace(text[start]))
            start++;
        while (right && end > start && char.IsWhiteSpace(text[end - 1]))
            end--;
        if (end - start == text.Length)
            return text;
        from?.AddRange(Enumerable.Range(start, end - start));
        return text[start..end];
    }
}

/// <summary>Puts the characters of <see cref="ByteAlphabet"/> in the place of a text's UTF-8 bytes.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    internal override string Apply(string text, List<int>? from)
    {
        char[] mapped = new char[text.Length * 3];
        int length = ByteAlphabet.Map(text, mapped, from);
        return text.Length == 0 ? text : new string(mapped, 0, length);
    }
}
