using System.Text.RegularExpressions;
using EvalHarness.Files;
using EvalHarness.Pythonic;
using EvalHarness.Templates;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Recognizes a process_docs function that only keeps the rows whose column has a certain value. The column and the value are read from
/// the Python file, and no Python runs. The function can have one argument, or it can be a <c>partial</c> of a function with two
/// arguments, which is written for each name or generated for every item of a list.
/// </summary>
internal static partial class PythonRowFilter
{
    /// <returns>The filter, or null if the function is written differently or does anything else.</returns>
    internal static RowFunction? Read(FunctionReference reference)
    {
        if (!File.Exists(reference.Module))
            return null;
        string source = File.ReadAllText(reference.Module);
        string name = reference.Name[(reference.Name.LastIndexOf('.') + 1)..];
        Match direct = Regex.Match(
            source,
            $@"^def {Regex.Escape(name)}\((\w+)[^)]*\)[^\n]*:\n"
            + @"    return \1\.filter\(lambda (\w+): \2\[""(\w+)""\] == (""[^""\\\n]*"")\)\n",
            RegexOptions.Multiline);
        if (direct.Success)
            return Filter(direct.Groups[3].Value, direct.Groups[4].Value[1..^1]);
        foreach (Match filter in TwoArguments().Matches(source))
        {
            if (Value(source, name, filter.Groups["function"].Value, filter.Groups["value"].Value) is { } value)
                return Filter(filter.Groups["column"].Value, value);
        }

        return null;
    }

    private static RowFunction Filter(string column, string value) =>
        DocumentColumns.Rows(document => document.Value(column) is string text && text == value ? document : null);

    /// <summary>
    /// Returns the value of the second argument in the <c>partial</c> with this name, or null if there is no such <c>partial</c>.
    /// </summary>
    private static string? Value(string source, string name, string function, string argument)
    {
        Match single = Regex.Match(
            source,
            $@"^{Regex.Escape(name)} = partial\({function}, {argument}=""([^""\\\n]*)""\)\n",
            RegexOptions.Multiline);
        if (single.Success)
            return single.Groups[1].Value;
        IEnumerable<Match> comprehensions = Comprehension().Matches(source)
            .Where(m => m.Groups["function"].Value == function && m.Groups["argument"].Value == argument);
        foreach (Match many in comprehensions)
        {
            string item = many.Groups["item"].Value;
            Match list = Regex.Match(source, $@"^{many.Groups["list"].Value} = (\[[^\]]*\])\n", RegexOptions.Multiline);
            if (!list.Success
                || !PythonLiteral.TryParse(list.Groups[1].Value, out object? values)
                || values is not IReadOnlyList<object?> items)
            {
                continue;
            }

            var named = Template.Parse($"{many.Groups["prefix"].Value}{{{{ {many.Groups["name"].Value} }}}}");
            return items.OfType<string>().FirstOrDefault(value => named.Render(new Dictionary<string, object?> { [item] = value }) == name);
        }

        return null;
    }

    [GeneratedRegex(
        @"^def (?<function>\w+)\((?<rows>\w+), (?<value>\w+)\)[^\n]*:\n"
        + @"    return \k<rows>\.filter\(lambda (?<row>\w+): \k<row>\[""(?<column>\w+)""\] == \k<value>\)\n",
        RegexOptions.Multiline)]
    private static partial Regex TwoArguments();

    [GeneratedRegex(
        @"^\w+ = \{\n\s+f""(?<prefix>\w+)\{(?<name>[^{}""]+)\}"": "
        + @"partial\(\s*(?<function>\w+), (?<argument>\w+)=(?<item>\w+)\s*\)\s+"
        + @"for \k<item> in (?<list>\w+)\s*\}\n+globals\(\)\.update\(\w+\)",
        RegexOptions.Multiline)]
    private static partial Regex Comprehension();
}
