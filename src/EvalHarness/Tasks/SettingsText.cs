using System.Text;
using EvalHarness.Files;
using YamlDotNet.Core;

namespace EvalHarness.Tasks;

/// <summary>
/// Settings as an option gives them: <c>KEY=VALUE,KEY=VALUE</c> as in lm-evaluation-harness, or a JSON object.
/// </summary>
internal static class SettingsText
{
    /// <param name="option">The option's name, for messages.</param>
    /// <param name="text">The settings.</param>
    /// <param name="example">Settings of the right form, for messages.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: not of this form.</exception>
    internal static OrderedDictionary<string, object?> Parse(string option, string text, string example)
    {
        EvalException Wrong() =>
            new(ExitCode.Usage, $"{option} {text}: expected KEY=VALUE,KEY=VALUE such as {example}, or a JSON object");

        string Line(string item) => item.IndexOf('=', StringComparison.Ordinal) is var at and > 0
            ? $"{item[..at].Trim()}: {item[(at + 1)..]}"
            : throw Wrong();

        string yaml = text.TrimStart().StartsWith('{') ? text : string.Join('\n', Items(text).Select(Line));
        try
        {
            var settings = new OrderedDictionary<string, object?>();
            foreach ((string key, object? value, _) in YamlReader.Read(yaml, option, folder: "").SelectMany(d => d.Keys))
                settings[key] = value;
            return settings;
        }
        catch (YamlException)
        {
            throw Wrong();
        }
        catch (EvalException e) when (e.ExitCode == ExitCode.Task)
        {
            throw new EvalException(ExitCode.Usage, e.Message, e);
        }
    }

    /// <summary>Cut at commas that stand in no brackets and no quotes.</summary>
    private static List<string> Items(string text)
    {
        List<string> items = [];
        var item = new StringBuilder();
        int depth = 0;
        char quote = '\0';
        foreach (char c in text)
        {
            if (c == ',' && depth == 0 && quote == '\0')
            {
                items.Add(item.ToString());
                item.Clear();
                continue;
            }

            depth += quote != '\0' ? 0 : c is '[' or '{' ? 1 : c is ']' or '}' ? -1 : 0;
            quote = c is not ('"' or '\'') ? quote : quote == '\0' ? c : quote == c ? '\0' : quote;
            item.Append(c);
        }

        items.Add(item.ToString());
        return items;
    }
}
