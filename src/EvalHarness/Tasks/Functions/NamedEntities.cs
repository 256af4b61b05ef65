using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Implements the filter format_span. It rewrites a text such as "person: a, b $$ places: c" as "per: a $ per: b $ loc: c", with the
/// standard labels and one entity per item.
/// </summary>
/// <remarks>Source: the behaviour of lm-evaluation-harness's format_span.</remarks>
internal static partial class NamedEntities
{
    /// <summary>The standard label of each word. They are replaced in this order.</summary>
    private static readonly (string Word, string Label)[] Labels =
    [
        ("person", "PER"), ("location", "LOC"), ("organization", "ORG"), ("counties", "LOC"), ("places", "LOC"), ("people", "PER"),
        ("persons", "PER"), ("company", "ORG"), ("country", "LOC"), ("continent", "LOC"), ("time", "DATE"), ("date", "DATE"),
        ("per", "PER"), ("loc", "LOC"), ("org", "ORG"),
    ];

    internal static string Format(string text)
    {
        text = text.Lower();
        foreach ((string word, string label) in Labels)
            text = Pythonic.PythonRegex.Compile($@"\b{word}\s*:", "format_span").Replace(text, $"{label}:");
        text = text.Replace("$$", "$", StringComparison.Ordinal).TrimEnd('$').Replace('\n', '$').Strip();
        return string.Join(" $ ", Spans().Matches(text).SelectMany(match => match.Groups[2].Value.Split(',')
            .Select(entity => entity.Strip())
            .Where(entity => !entity.Equals("none", StringComparison.OrdinalIgnoreCase))
            .Select(entity => $"{match.Groups[1].Value.Lower()}: {entity}")));
    }

    [GeneratedRegex(@"\b(PER|LOC|ORG|DATE):\s*([^$]+)")]
    private static partial Regex Spans();
}
