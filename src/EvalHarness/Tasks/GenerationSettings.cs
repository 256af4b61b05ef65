using System.Text;
using System.Text.Json;
using EvalHarness.Files;
using YamlDotNet.Core;

namespace EvalHarness.Tasks;

/// <summary>
/// Settings of generation that the user gives for all tasks with <c>--gen-kwargs</c>, as lm-evaluation-harness has it:
/// <c>KEY=VALUE,KEY=VALUE</c>, or a JSON object. They win over a task's own <c>generation_kwargs</c>, key by key.
/// </summary>
internal static class GenerationSettings
{
    private const string Key = "generation_kwargs";

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: not of this form, or a key or value that no task could have.
    /// </exception>
    internal static IReadOnlyDictionary<string, object?> Parse(string text)
    {
        string yaml = text.TrimStart().StartsWith('{') ? text : string.Join('\n', Items(text).Select(item => Line(item, text)));
        try
        {
            IReadOnlyList<YamlDocument> documents = YamlReader.Read(yaml, "--gen-kwargs", folder: "");
            var settings = new OrderedDictionary<string, object?>();
            foreach ((string key, object? value, _) in documents.SelectMany(d => d.Keys))
                settings[key] = value;
            var file = new TaskFile("--gen-kwargs");
            file.Add(Key, settings, "--gen-kwargs");
            _ = GenerationReader.Read(file, fewShotDelimiter: "");
            return settings;
        }
        catch (YamlException)
        {
            throw Wrong(text);
        }
        catch (EvalException e)
        {
            throw new EvalException(ExitCode.Usage, e.Message, e);
        }
    }

    /// <summary>The settings as JSON with the keys in order, which <see cref="Parse"/> reads again.</summary>
    internal static string ToJson(IReadOnlyDictionary<string, object?> settings) =>
        JsonSerializer.Serialize(new SortedDictionary<string, object?>(settings.ToDictionary(), StringComparer.Ordinal));

    /// <summary>The task file with these settings over its own; a task that generates nothing stays as it is.</summary>
    internal static TaskFile Over(TaskFile file, IReadOnlyDictionary<string, object?> settings)
    {
        if (settings.Count == 0 || file.Values.GetValueOrDefault("output_type") is not (null or "generate_until"))
            return file;
        var merged = new OrderedDictionary<string, object?>(TaskReader.Map(file, Key));
        foreach ((string key, object? value) in settings)
            merged[key] = value;
        return file.With(new Dictionary<string, object?> { [Key] = merged }, $"{file.Source} (with --gen-kwargs)");
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

    private static string Line(string item, string text) => item.IndexOf('=', StringComparison.Ordinal) is var at and > 0
        ? $"{item[..at].Trim()}: {item[(at + 1)..]}"
        : throw Wrong(text);

    private static EvalException Wrong(string text) =>
        new(
            ExitCode.Usage,
            $"--gen-kwargs {text}: expected KEY=VALUE,KEY=VALUE such as do_sample=true,temperature=0.7, or a JSON object");
}
