using System.Text.Json;
using EvalHarness.Data.Tables;

namespace EvalHarness.Tokenizers;

/// <summary>The text of a chat template in a model folder, and the special tokens that it may name.</summary>
/// <param name="File">The file that the template stands in.</param>
/// <param name="Text">The template.</param>
/// <param name="SpecialTokens">The texts of the special tokens, by names such as bos_token.</param>
internal sealed record ChatTemplateFile(string File, string Text, IReadOnlyDictionary<string, object?> SpecialTokens)
{
    private const string Default = "default", ToolUse = "tool_use";

    private static readonly string[] TokenNames =
        ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: a file cannot be read, or no template has the name.</exception>
    internal static ChatTemplateFile? Find(string folder, string? name, bool withTools)
    {
        string configFile = Path.Combine(folder, "tokenizer_config.json");
        IReadOnlyDictionary<string, object?> config = ReadMap(configFile);
        OrderedDictionary<string, (string File, string Text)> templates = InFiles(folder);
        if (templates.Count == 0)
            templates = InConfig(config.GetValueOrDefault("chat_template"), configFile);
        if (templates.Count == 0 && name is null)
            return null;
        // As transformers does it.
        if (withTools && templates.ContainsKey(ToolUse))
            name ??= ToolUse;
        if (!templates.TryGetValue(name ?? Default, out (string File, string Text) found))
        {
            string names = templates.Count == 0 ? "no chat template"
                : $"the chat template{(templates.Count == 1 ? "" : "s")} {string.Join(", ", templates.Keys)}";
            throw new EvalException(
                ExitCode.Model, $"{folder} has {names}; expected one of the name '{name ?? Default}'; name one of those that there are");
        }

        return new ChatTemplateFile(found.File, found.Text, SpecialTokensOf(folder, config));
    }

    /// <summary>The templates that are files. Where there are any, transformers leaves those of tokenizer_config.json out.</summary>
    private static OrderedDictionary<string, (string File, string Text)> InFiles(string folder)
    {
        var templates = new OrderedDictionary<string, (string, string)>();
        string main = Path.Combine(folder, "chat_template.jinja"), others = Path.Combine(folder, "additional_chat_templates");
        if (System.IO.File.Exists(main))
            templates[Default] = (main, Read(main));
        if (Directory.Exists(others))
        {
            foreach (string file in Directory.EnumerateFiles(others, "*.jinja").Order(StringComparer.Ordinal))
                templates[Path.GetFileNameWithoutExtension(file)] = (file, Read(file));
        }

        return templates;
    }

    private static OrderedDictionary<string, (string File, string Text)> InConfig(object? value, string file)
    {
        var templates = new OrderedDictionary<string, (string, string)>();
        switch (value)
        {
            case null:
                break;
            case string text:
                templates[Default] = (file, text);
                break;
            case IReadOnlyList<object?> list:
                foreach (object? item in list)
                {
                    if (item is not IReadOnlyDictionary<string, object?> named || named.GetValueOrDefault("name") is not string name
                        || named.GetValueOrDefault("template") is not string template)
                    {
                        throw Unfit(file);
                    }

                    templates[name] = (file, template);
                }

                break;
            default:
                throw Unfit(file);
        }

        return templates;
    }

    private static EvalException Unfit(string file) => new(
        ExitCode.Model,
        $"{file}: chat_template is neither a text nor a list; expected a template, or a list of objects with name and template");

    /// <summary>
    /// The special tokens that transformers gives to templates. It takes those of special_tokens_map.json only where tokenizer_config.json
    /// is of the older form that does not list the added tokens.
    /// </summary>
    private static OrderedDictionary<string, object?> SpecialTokensOf(string folder, IReadOnlyDictionary<string, object?> config)
    {
        var tokens = new OrderedDictionary<string, object?>();
        IReadOnlyDictionary<string, object?> older = config.ContainsKey("added_tokens_decoder")
            ? new Dictionary<string, object?>()
            : ReadMap(Path.Combine(folder, "special_tokens_map.json"));
        foreach (IReadOnlyDictionary<string, object?> source in new[] { config, older })
        {
            foreach (string name in TokenNames)
            {
                // A token that is null or empty is none, and its name stays undefined.
                if (TextOf(source.GetValueOrDefault(name)) is { Length: > 0 } token)
                    tokens[name] = token;
            }

            if (source.GetValueOrDefault("extra_special_tokens") is IReadOnlyDictionary<string, object?> extra)
            {
                foreach ((string name, object? value) in extra)
                {
                    if (TextOf(value) is { Length: > 0 } token)
                        tokens[name] = token;
                }
            }

            if (source.GetValueOrDefault("additional_special_tokens") is IReadOnlyList<object?> { Count: > 0 } more)
            {
                IEnumerable<object?> before = tokens.GetValueOrDefault("additional_special_tokens") as IReadOnlyList<object?> ?? [];
                tokens["additional_special_tokens"] = before.Concat(more.Select(TextOf)).Where(t => t is not null).Distinct().ToList();
            }
        }

        return tokens;
    }

    /// <summary>The text of a token, which is written as a text or as an object with <c>content</c>.</summary>
    private static string? TextOf(object? token) =>
        token as string ?? (token as IReadOnlyDictionary<string, object?>)?.GetValueOrDefault("content") as string;

    private static string Read(string file)
    {
        try
        {
            return System.IO.File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException(ExitCode.Model, $"{file} cannot be read: {e.Message}", e);
        }
    }

    private static IReadOnlyDictionary<string, object?> ReadMap(string file)
    {
        if (!System.IO.File.Exists(file))
            return new Dictionary<string, object?>();
        try
        {
            return PlainJson.Parse(Read(file)) as IReadOnlyDictionary<string, object?>
                ?? throw new EvalException(ExitCode.Model, $"{file} is no JSON object; expected the settings of a tokenizer");
        }
        catch (JsonException e)
        {
            throw new EvalException(ExitCode.Model, $"{file} is no valid JSON: {e.Message}", e);
        }
    }
}
