using System.Collections.Concurrent;
using System.Globalization;

namespace EvalHarness.Tokenizers;

/// <summary>
/// The sets of code points that have a name in Oniguruma's regular expressions. Unicode's version is 16.0, that of .NET 10 and of the
/// Oniguruma 6.9.10 in Hugging Face's library.
/// </summary>
internal static class CodePointProperties
{
    private static readonly Dictionary<string, UnicodeCategory[]> Categories = new()
    {
        ["lu"] = [UnicodeCategory.UppercaseLetter],
        ["ll"] = [UnicodeCategory.LowercaseLetter],
        ["lt"] = [UnicodeCategory.TitlecaseLetter],
        ["lm"] = [UnicodeCategory.ModifierLetter],
        ["lo"] = [UnicodeCategory.OtherLetter],
        ["mn"] = [UnicodeCategory.NonSpacingMark],
        ["mc"] = [UnicodeCategory.SpacingCombiningMark],
        ["me"] = [UnicodeCategory.EnclosingMark],
        ["nd"] = [UnicodeCategory.DecimalDigitNumber],
        ["nl"] = [UnicodeCategory.LetterNumber],
        ["no"] = [UnicodeCategory.OtherNumber],
        ["zs"] = [UnicodeCategory.SpaceSeparator],
        ["zl"] = [UnicodeCategory.LineSeparator],
        ["zp"] = [UnicodeCategory.ParagraphSeparator],
        ["cc"] = [UnicodeCategory.Control],
        ["cf"] = [UnicodeCategory.Format],
        ["co"] = [UnicodeCategory.PrivateUse],
        ["cn"] = [UnicodeCategory.OtherNotAssigned],
        ["cs"] = [UnicodeCategory.Surrogate],
        ["pc"] = [UnicodeCategory.ConnectorPunctuation],
        ["pd"] = [UnicodeCategory.DashPunctuation],
        ["ps"] = [UnicodeCategory.OpenPunctuation],
        ["pe"] = [UnicodeCategory.ClosePunctuation],
        ["pi"] = [UnicodeCategory.InitialQuotePunctuation],
        ["pf"] = [UnicodeCategory.FinalQuotePunctuation],
        ["po"] = [UnicodeCategory.OtherPunctuation],
        ["sm"] = [UnicodeCategory.MathSymbol],
        ["sc"] = [UnicodeCategory.CurrencySymbol],
        ["sk"] = [UnicodeCategory.ModifierSymbol],
        ["so"] = [UnicodeCategory.OtherSymbol],
    };

    private static readonly Dictionary<string, string> Aliases = new()
    {
        ["letter"] = "l",
        ["casedletter"] = "lc",
        ["uppercaseletter"] = "lu",
        ["lowercaseletter"] = "ll",
        ["titlecaseletter"] = "lt",
        ["modifierletter"] = "lm",
        ["otherletter"] = "lo",
        ["mark"] = "m",
        ["combiningmark"] = "m",
        ["nonspacingmark"] = "mn",
        ["spacingmark"] = "mc",
        ["enclosingmark"] = "me",
        ["number"] = "n",
        ["decimalnumber"] = "nd",
        ["letternumber"] = "nl",
        ["othernumber"] = "no",
        ["punctuation"] = "p",
        ["punct"] = "p",
        ["symbol"] = "s",
        ["mathsymbol"] = "sm",
        ["currencysymbol"] = "sc",
        ["modifiersymbol"] = "sk",
        ["othersymbol"] = "so",
        ["separator"] = "z",
        ["spaceseparator"] = "zs",
        ["other"] = "c",
        ["control"] = "cc",
        ["format"] = "cf",
        ["unassigned"] = "cn",
        ["whitespace"] = "space",
        ["alphabetic"] = "alpha",
        ["digit"] = "nd",
        ["cntrl"] = "cc",
    };

    private static readonly Lazy<Dictionary<string, CodePointSet>> Read = new(Load);

    private static readonly ConcurrentDictionary<string, CodePointSet> Known = new();

    /// <summary>What \s means: Unicode's White_Space.</summary>
    internal static CodePointSet Space { get; } = CodePointSet.Range(9, 13).Union(
        CodePointSet.Of(0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)).Union(CodePointSet.Range(0x2000, 0x200A));

    /// <summary>What the normalizer StripAccents takes out. Its version of Unicode is older than that of the regular expressions.</summary>
    internal static CodePointSet StrippedAccents => Read.Value["strip_accents"];

    /// <summary>What the pre-tokenizer Punctuation splits at. Its version of Unicode is older too.</summary>
    internal static CodePointSet SplitPunctuation => Read.Value["split_punctuation"];

    /// <summary>What the pre-tokenizer Digits splits at. Its version of Unicode is newer.</summary>
    internal static CodePointSet SplitDigits => Read.Value["split_digits"];

    internal static CodePointSet HexDigits { get; } =
        CodePointSet.Range('0', '9').Union(CodePointSet.Range('A', 'F')).Union(CodePointSet.Range('a', 'f'));

    internal static CodePointSet Digits => Named("nd");

    /// <summary>What \w means outside a class. Unlike [[:word:]] and [\w], it has the superscripts and fractions of Latin-1.</summary>
    internal static CodePointSet Word => Known.GetOrAdd(
        "\\w", _ => Posix("word")!.Union(CodePointSet.Of(0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE)));

    /// <summary>The set that \p{name} means, where spaces, '-', '_' and case do not matter.</summary>
    /// <exception cref="NotSupportedException">The name is not known.</exception>
    internal static CodePointSet Named(string name)
    {
        string key = string.Concat(name.Where(c => c is not (' ' or '-' or '_'))).ToLowerInvariant();
        return Find(Aliases.GetValueOrDefault(key, key)) is { } set
            ? set
            : throw new NotSupportedException($"the property \\p{{{name}}}");

        static CodePointSet? Find(string key) => Known.TryGetValue(key, out CodePointSet? known) ? known
            : (Category(key) ?? Posix(key) ?? Read.Value.GetValueOrDefault(key)) is { } found ? Known.GetOrAdd(key, found)
            : null;
    }

    /// <summary>The set of a bracket such as [:alpha:], or null where there is none of the name.</summary>
    internal static CodePointSet? Posix(string name) => name switch
    {
        "alpha" => Read.Value["alphabetic"],
        "upper" => Read.Value["uppercase"],
        "lower" => Read.Value["lowercase"],
        "digit" => Named("nd"),
        "alnum" => Posix("alpha")!.Union(Named("nd")),
        "word" => Posix("alpha")!.Union(Named("m")).Union(Named("nd")).Union(Named("pc")),
        "punct" => Named("p").Union(Named("s")),
        "cntrl" => Named("cc"),
        "blank" => Named("zs").Union(CodePointSet.Of('\t')),
        "space" => Space,
        "xdigit" => HexDigits,
        "ascii" => CodePointSet.Range(0, 0x7F),
        "graph" => Space.Union(Named("cc")).Union(Named("cn")).Union(Named("cs")).Complement(),
        "print" => Posix("graph")!.Union(Named("zs")),
        _ => null,
    };

    private static CodePointSet? Category(string key) => key switch
    {
        "any" => CodePointSet.Any,
        "assigned" => Named("cn").Complement(),
        "lc" => Where(["lu", "ll", "lt"]),
        _ when key.Length == 1 && Categories.Keys.Where(k => k[0] == key[0]).ToArray() is { Length: > 0 } all => Where(all),
        _ => Categories.ContainsKey(key) ? Where([key]) : null,
    };

    private static CodePointSet Where(string[] keys)
    {
        HashSet<UnicodeCategory> categories = [.. keys.SelectMany(k => Categories[k])];
        return CodePointSet.Where(code => categories.Contains(CharUnicodeInfo.GetUnicodeCategory(code)));
    }

    private static Dictionary<string, CodePointSet> Load()
    {
        using Stream stream = typeof(CodePointProperties).Assembly.GetManifestResourceStream("code-point-properties.txt")!;
        using var reader = new StreamReader(stream);
        var sets = new Dictionary<string, CodePointSet>();
        while (reader.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            int at = 0;
            sets.Add(words[0], new CodePointSet([.. words[1..].Select(w => at += Convert.ToInt32(w, 16))]));
        }
        return sets;
    }
}
