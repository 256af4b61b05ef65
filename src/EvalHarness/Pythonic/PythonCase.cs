using System.Text;
using Case = EvalHarness.Pythonic.PythonCharacters.Case;

namespace EvalHarness.Pythonic;

/// <summary>
/// Python's <c>str.upper</c>, <c>str.lower</c> and the methods beside them: one character may become several, and a capital sigma at the
/// end of a word becomes a final one.
/// </summary>
/// <remarks>Source: the Unicode standard, section 3.13, "Default Case Algorithms".</remarks>
internal static class PythonCase
{
    private const int Sigma = 0x3A3;

    internal static string Upper(this string text) => Ascii.IsValid(text) ? text.ToUpperInvariant() : Each(text, (_, _) => Case.Upper);

    internal static string Lower(this string text) => Ascii.IsValid(text) ? text.ToLowerInvariant() : Each(text, (_, _) => Case.Lower);

    internal static string Fold(string text) => Ascii.IsValid(text) ? text.ToLowerInvariant() : Each(text, (_, _) => Case.Fold);

    internal static string Capitalize(string text) => Each(text, (_, i) => i == 0 ? Case.Title : Case.Lower);

    /// <summary>
    /// Python's <c>str.title</c>: the first letter of every run of letters becomes title case, the others lower case, so that "it's"
    /// becomes "It'S".
    /// </summary>
    internal static string Title(string text)
    {
        bool inWord = false;
        return Each(text, (character, _) =>
        {
            Case wanted = inWord ? Case.Lower : Case.Title;
            inWord = PythonCharacters.Is(character, CharacterProperties.Cased);
            return wanted;
        });
    }

    internal static string Swap(string text) => Each(text, (character, _) => PythonCharacters.Properties(character) switch
    {
        var p when p.HasFlag(CharacterProperties.Upper) => Case.Lower,
        var p when p.HasFlag(CharacterProperties.Lower) => Case.Upper,
        _ => null,
    });

    /// <param name="text">The text.</param>
    /// <param name="wanted">The case of a character at an index; null leaves it as it is.</param>
    private static string Each(string text, Func<Rune, int, Case?> wanted)
    {
        Rune[] characters = [.. text.EnumerateRunes()];
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < characters.Length; i++)
        {
            result.Append(wanted(characters[i], i) switch
            {
                null => characters[i].ToString(),
                Case.Lower when characters[i].Value == Sigma => EndsWord(characters, i) ? "ς" : "σ",
                { } of => PythonCharacters.InCase(characters[i], of),
            });
        }

        return result.ToString();
    }

    /// <summary>Whether a letter stands before a place and none after it. Marks and apostrophes between do not count.</summary>
    private static bool EndsWord(Rune[] characters, int place)
    {
        bool IsCased(int step)
        {
            int i = place + step;
            while (i >= 0 && i < characters.Length && PythonCharacters.Is(characters[i], CharacterProperties.CaseIgnorable))
                i += step;
            return i >= 0 && i < characters.Length && PythonCharacters.Is(characters[i], CharacterProperties.Cased);
        }

        return IsCased(-1) && !IsCased(1);
    }

    /// <summary>Python's <c>str.istitle</c>: upper case begins every run of letters, and lower case goes on.</summary>
    internal static bool IsTitle(string text)
    {
        bool any = false, inWord = false;
        foreach (Rune character in text.EnumerateRunes())
        {
            CharacterProperties is_ = PythonCharacters.Properties(character);
            bool begins = (is_ & (CharacterProperties.Upper | CharacterProperties.Title)) != 0;
            bool goesOn = (is_ & CharacterProperties.Lower) != 0;
            if ((begins && inWord) || (!begins && goesOn && !inWord))
                return false;
            inWord = begins || goesOn;
            any |= inWord;
        }

        return any;
    }
}
