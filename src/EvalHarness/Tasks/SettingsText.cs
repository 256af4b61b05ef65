using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using EvalHarness.Data.Tables;
using EvalHarness.Files;
using YamlDotNet.Core;

namespace EvalHarness.Tasks;

/// <summary>
/// Settings as an option gives them: <c>KEY=VALUE,KEY=VALUE</c> as in lm-evaluation-harness, or a JSON object.
/// </summary>
internal static partial class SettingsText
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

        bool isObject = text.TrimStart().StartsWith('{');
        if (isObject && ReadJson(text) is { } read)
            return read;
        string yaml = isObject ? text : string.Join('\n', Items(text).Select(Line));
        try
        {
            var settings = new OrderedDictionary<string, object?>();
            foreach ((string key, object? value, _) in YamlReader.Read(yaml, option, folder: "").SelectMany(d => d.Keys))
                settings[key] = isObject ? value : OrNumber(value);
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

    /// <returns>Null where it is no JSON; YAML writes such objects without quotes.</returns>
    private static OrderedDictionary<string, object?>? ReadJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return PlainJson.From(document.RootElement) is IReadOnlyDictionary<string, object?> settings
                ? new OrderedDictionary<string, object?>(settings)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>lm-evaluation-harness reads numbers such as 1e-5 as Python does, and YAML 1.1 wants a point in them.</summary>
    private static object? OrNumber(object? value) =>
        value is string text && ExponentNumber().IsMatch(text)
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                ? number
                : value;

    [GeneratedRegex(@"^[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+\z")]
    private static partial Regex ExponentNumber();

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
