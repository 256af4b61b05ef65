using System.Globalization;
using System.Text;

namespace EvalHarness.Tokenizers;

/// <summary>Classes of code points as Rust's standard library and its regular expressions define them.</summary>
internal static class CodePoints
{
    /// <summary>The code point at an index of a text without lone surrogates.</summary>
    internal static Rune At(string text, int index) =>
        char.IsHighSurrogate(text[index]) ? new Rune(text[index], text[index + 1]) : new Rune(text[index]);

    /// <summary>The code point that ends before an index of a text without lone surrogates.</summary>
    internal static Rune Before(string text, int index) => At(text, char.IsLowSurrogate(text[index - 1]) ? index - 2 : index - 1);

    /// <summary>Numbers of every kind, in the version of Unicode that the pre-tokenizer Digits has.</summary>
    internal static bool IsNumeric(Rune rune) => rune.IsAscii ? Rune.IsDigit(rune) : CodePointProperties.SplitDigits.Contains(rune.Value);

    /// <summary>Marks in the version of Unicode that the normalizer StripAccents has.</summary>
    internal static bool IsStrippedAccent(Rune rune) => !rune.IsAscii && CodePointProperties.StrippedAccents.Contains(rune.Value);

    /// <summary>The marks of all three kinds.</summary>
    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    /// <summary>Punctuation in the version of Unicode that the pre-tokenizer Punctuation has, and the symbols of ASCII.</summary>
    internal static bool IsPunctuation(Rune rune) => CodePointProperties.SplitPunctuation.Contains(rune.Value);

    /// <summary>
    /// What \w means: alphabetic characters, marks, decimal digits, connectors and joiners. Letters in circles and squares are alphabetic
    /// too, although their category is that of symbols.
    /// </summary>
    internal static bool IsWord(Rune rune) =>
        Rune.IsLetter(rune) || IsMark(rune)
        || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation
        || rune.Value is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169)
            or (>= 0x1F170 and <= 0x1F189);

    /// <summary>Lower case without regard to neighbours or language. One code point has two in lower case.</summary>
    internal static string Lower(Rune rune) => rune.Value switch
    {
        0x130 => "i\u0307",
        // Letters of Unicode 17, which the library has and .NET 10 does not.
        0xA7CE or 0xA7D2 or 0xA7D4 => ((char)(rune.Value + 1)).ToString(),
        >= 0x16EA0 and <= 0x16EB8 => char.ConvertFromUtf32(rune.Value + 0x1B),
        _ => Rune.ToLowerInvariant(rune).ToString(),
    };
}
