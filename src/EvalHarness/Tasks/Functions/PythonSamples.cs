using System.Text.RegularExpressions;
using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Reads the few-shot examples of <c>samples: !function utils.list_fewshot_samples</c> in fewshot_config, if that function only returns a
/// list. The list is read from the Python file, and no Python runs.
/// </summary>
internal static class PythonSamples
{
    /// <returns>The list, or null if the function does more than return a list of literals.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: there is no such file.</exception>
    internal static IReadOnlyList<Document>? Read(FunctionReference reference, string place)
    {
        if (!File.Exists(reference.Module))
        {
            throw new EvalException(
                ExitCode.Task,
                $"{place}: {reference}: there is no file {reference.Module}; expected the Python file that lists the shots");
        }

        string source = File.ReadAllText(reference.Module);
        string name = Regex.Escape(reference.Name[(reference.Name.LastIndexOf('.') + 1)..]);
        Match head = Regex.Match(source, $@"^def {name}\(\)[^\n]*:\s*\n\s+return (?=\[)", RegexOptions.Multiline);
        if (!head.Success)
            return null;
        int start = head.Index + head.Length;
        return PythonLiteral.TryParse(source[start..End(source, start)], out object? value)
            && value is IReadOnlyList<object?> list
            && list.All(item => item is IReadOnlyDictionary<string, object?>)
                ? [.. list.Select(item => new Document((IReadOnlyDictionary<string, object?>)item!))]
                : null;
    }

    /// <summary>
    /// Returns the position after the bracket that closes the one at <paramref name="start"/>. Brackets in strings do not count.
    /// </summary>
    private static int End(string source, int start)
    {
        int depth = 0;
        for (int i = start; i < source.Length; i++)
        {
            switch (source[i])
            {
                case '"' or '\'':
                    char quote = source[i++];
                    for (; i < source.Length && source[i] != quote; i++)
                        i += source[i] == '\\' ? 1 : 0;
                    break;
                case '[' or '{' or '(':
                    depth++;
                    break;
                case ']' or '}' or ')' when --depth == 0:
                    return i + 1;
            }
        }

        return source.Length;
    }
}
