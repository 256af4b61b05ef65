using EvalHarness.Pythonic;
using EvalHarness.Templates;

namespace EvalHarness.Tokenizers;

/// <summary>
/// The template that a model's makers give for conversations, rendered as transformers' <c>apply_chat_template</c> renders it. Several
/// threads may render with one instance at the same time.
/// </summary>
internal sealed class ChatTemplate
{
    /// <summary>No template is known whose roles depend on the day.</summary>
    private static readonly DateOnly AnyDay = new(2025, 1, 1);

    private readonly Template _template;
    private readonly string _file;
    private readonly IReadOnlyDictionary<string, object?> _tokens;
    private readonly Lazy<bool> _refusesSystemRole;

    private ChatTemplate(Template template, ChatTemplateFile source)
    {
        _template = template;
        (_file, _tokens) = (source.File, source.SpecialTokens);
        _refusesSystemRole = new Lazy<bool>(FindSystemRole);
    }

    /// <summary>Whether the template can write the day that it sees as today.</summary>
    public bool ReadsDate => Source.Contains("strftime_now", StringComparison.Ordinal);

    /// <summary>The template as it is written.</summary>
    public string Source => _template.Source;

    /// <summary>
    /// Whether the template raises an exception of its own for a conversation of a system and a user turn, and renders one without the
    /// system turn. A template that leaves the system turn out, or fails otherwise, does not refuse it.
    /// </summary>
    public bool RefusesSystemRole => _refusesSystemRole.Value;

    /// <summary>
    /// Reads the template of a model folder: chat_template.jinja and additional_chat_templates/NAME.jinja, or where there are none,
    /// chat_template of tokenizer_config.json.
    /// </summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="name">The name of one of several templates; null for "default".</param>
    /// <param name="withTools">Whether the template gets tools: of several, "tool_use" is then taken where no name is given.</param>
    /// <returns>The template; null if the folder has none and no name is given.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: a file cannot be read, the template is not valid, or there is none of that name.
    /// </exception>
    public static ChatTemplate? Load(string folder, string? name = null, bool withTools = false)
    {
        return ChatTemplateFile.Find(folder, name, withTools) is { } found ? Parse(found) : null;
    }

    /// <summary>Reads a template that stands in another file.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the template is not valid.</exception>
    public static ChatTemplate Parse(ChatTemplateFile found)
    {
        try
        {
            return new ChatTemplate(Template.Parse(found.Text, TemplateOptions.Chat), found);
        }
        catch (TemplateException e)
        {
            throw new EvalException(ExitCode.Model, $"{found.File}: {e.Message}; expected a chat template in Jinja", e);
        }
    }

    /// <summary>Renders a conversation.</summary>
    /// <param name="messages">The turns, each a map of plain values with the keys role, content and others.</param>
    /// <param name="addGenerationPrompt">Whether the text ends with what begins an answer.</param>
    /// <param name="kwargs">More variables, such as enable_thinking; they hide special tokens of the same name.</param>
    /// <param name="today">The day that <c>strftime_now</c> takes for the present, at midnight.</param>
    /// <exception cref="ChatTemplateRefusal">The template refuses the conversation.</exception>
    /// <exception cref="ChatTemplateException">The template cannot be applied to the conversation.</exception>
    public string Render(
        IReadOnlyList<object?> messages, bool addGenerationPrompt, IReadOnlyDictionary<string, object?>? kwargs, DateOnly today)
    {
        var variables = new OrderedDictionary<string, object?> { ["tools"] = null, ["documents"] = null };
        foreach ((string key, object? value) in _tokens.Concat(kwargs ?? new Dictionary<string, object?>()))
            variables[key] = value;
        variables["messages"] = messages;
        variables["add_generation_prompt"] = addGenerationPrompt;
        var globals = new Dictionary<string, object?>
        {
            ["raise_exception"] = new Function("raise_exception", Refuse),
            ["strftime_now"] = new Function("strftime_now", arguments => Date(arguments, today.ToDateTime(TimeOnly.MinValue))),
        };
        try
        {
            return _template.Render(variables, globals);
        }
        catch (TemplateException e)
        {
            throw new ChatTemplateException($"{_file}: {e.Message}", e);
        }
    }

    private static object? Refuse(CallArguments arguments)
    {
        arguments.Expect("raise_exception", 1, "message");
        throw new ChatTemplateRefusal(Python.Str(arguments.Get(0, "message", null)));
    }

    private static string Date(CallArguments arguments, DateTime date)
    {
        arguments.Expect("strftime_now", 1, "format");
        return PythonDate.Format(date, arguments.Get(0, "format", null) as string
            ?? throw arguments.At.Error("strftime_now expects a format, such as '%d %b %Y'"));
    }

    private bool FindSystemRole()
    {
        var system = new OrderedDictionary<string, object?> { ["role"] = "system", ["content"] = "Be brief." };
        var user = new OrderedDictionary<string, object?> { ["role"] = "user", ["content"] = "Hello." };
        try
        {
            Render([system, user], addGenerationPrompt: true, null, AnyDay);
            return false;
        }
        catch (ChatTemplateException)
        {
            return false;
        }
        catch (ChatTemplateRefusal)
        {
            return Renders([user]);
        }
    }

    private bool Renders(IReadOnlyList<object?> messages)
    {
        try
        {
            Render(messages, addGenerationPrompt: true, null, AnyDay);
            return true;
        }
        catch (Exception e) when (e is ChatTemplateRefusal or ChatTemplateException)
        {
            return false;
        }
    }
}

/// <summary>A template refuses a conversation by <c>raise_exception</c>. The message is the template's own.</summary>
internal sealed class ChatTemplateRefusal(string message) : Exception(message);

/// <summary>A template cannot be applied to a conversation. The message says the file, the line and what was found.</summary>
internal sealed class ChatTemplateException(string message, Exception inner) : Exception(message, inner);
