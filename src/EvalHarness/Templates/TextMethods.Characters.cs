using System.Diagnostics;
using System.Text;
using EvalHarness.Pythonic;
using Has = EvalHarness.Pythonic.CharacterProperties;

namespace EvalHarness.Templates;

/// <summary>The methods of Python's strings that look at characters, or replace them by a table.</summary>
internal static partial class TextMethods
{
    /// <summary>Python's <c>str.isupper</c> or <c>str.islower</c>.</summary>
    internal static bool HasCase(string text, bool upper) => Holds(text, upper ? "isupper" : "islower");

    private static bool Holds(string text, string method)
    {
        bool All(Has any) => text.Length > 0 && text.EnumerateRunes().All(r => PythonCharacters.Is(r, any));
        bool Cased(Has wanted, Has other) => text.EnumerateRunes().Any(r => PythonCharacters.Is(r, wanted))
            && !text.EnumerateRunes().Any(r => PythonCharacters.Is(r, other | Has.Title));
        return method switch
        {
            "isdigit" => All(Has.Digit),
            "isdecimal" => All(Has.Decimal),
            "isnumeric" => All(Has.Numeric),
            "isalpha" => All(Has.Alphabetic),
            "isalnum" => All(Has.AlphaNumeric),
            "isspace" => text.Length > 0 && text.All(Python.IsSpace),
            "isupper" => Cased(Has.Upper, Has.Lower),
            "islower" => Cased(Has.Lower, Has.Upper),
            "istitle" => PythonCase.IsTitle(text),
            "isascii" => Ascii.IsValid(text),
            "isprintable" => text.EnumerateRunes().All(r => PythonCharacters.Is(r, Has.Printable)),
            "isidentifier" => All(Has.ContinuesIdentifier) && PythonCharacters.Is(text.EnumerateRunes().First(), Has.StartsIdentifier),
            _ => throw new UnreachableException($"no case for str.{method}"),
        };
    }

    /// <summary>Python's <c>str.translate</c> with a map from code points to code points, texts or None.</summary>
    private static string Translate(string text, object? table, Position at)
    {
        if (!Values.IsMap(table))
            throw at.Error($"str.translate got {Python.TypeName(table)}; expected a map from code points");
        return Joined("", text.EnumerateRunes().Select(r => !Values.TryMember(table, (long)r.Value, out object? by) ? r.ToString()
            : by is null ? ""
            : Values.AsText(by) ?? FormatSpecification.Character(PythonInteger.From(by)
                ?? throw at.Error($"str.translate puts {Python.TypeName(by)} for a character; expected an integer, a string or None"))));
    }

    /// <summary>Python's <c>str.maketrans</c>.</summary>
    private static PythonDict Translation(CallArguments arguments)
    {
        var table = new PythonDict();
        string[] texts = [.. arguments.Positional.Select(p => Values.AsText(p)!)];
        if (arguments.Positional is [var map] && Values.IsMap(map))
        {
            foreach ((object? key, object? by) in Values.Members(map))
            {
                Rune[]? one = Values.AsText(key)?.EnumerateRunes().ToArray();
                table[one is null ? key : one is [var character] ? (long)character.Value
                    : throw arguments.At.Error("str.maketrans takes texts of one character as keys")] = by;
            }

            return table;
        }

        Rune[][] runes = [.. texts.Select(t => (t ?? "").EnumerateRunes().ToArray())];
        if (texts.Length < 2 || texts.Contains(null) || runes[0].Length != runes[1].Length)
            throw arguments.At.Error("str.maketrans takes one map, or two texts of the same length and one of characters to remove");
        foreach ((Rune from, Rune to) in runes[0].Zip(runes[1]))
            table[(long)from.Value] = (long)to.Value;
        foreach (Rune removed in runes.ElementAtOrDefault(2) ?? [])
            table[(long)removed.Value] = null;
        return table;
    }
}
