using EvalHarness.Prompts;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tokens;

/// <summary>Renders conversations with a model's own chat template.</summary>
internal sealed class Conversations
{
    private readonly ChatTemplate? _template;
    private readonly string _model;
    private readonly string _expected;
    private readonly ConversationOptions _options;
    private readonly Lazy<bool?> _takesSystemRole;
    private int _dropped;

    /// <param name="folder">The model folder.</param>
    /// <param name="options">Which template, the variables that it gets, and the day that it sees as today.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the template is not valid Jinja, or the model has none of the name that the options give.
    /// </exception>
    internal Conversations(string folder, ConversationOptions options)
        : this(
            ChatTemplate.Load(folder, options.Template, HasTools(options)),
            folder,
            "chat_template.jinja, or chat_template in tokenizer_config.json",
            options)
    {
    }

    /// <param name="template">The template; null if the model has none.</param>
    /// <param name="model">The folder or file of the model, for messages.</param>
    /// <param name="expected">Where a model of this kind has its template, for the message that it has none.</param>
    /// <param name="options">The variables that the template gets, and the day that it sees as today.</param>
    internal Conversations(ChatTemplate? template, string model, string expected, ConversationOptions options)
    {
        (_template, _model, _expected, _options) = (template, model, expected, options);
        Date = options.Date ?? DateOnly.FromDateTime(options.Clock.GetLocalNow().DateTime);
        _takesSystemRole = new Lazy<bool?>(TrySystemRole);
    }

    /// <summary>Whether the template gets tools, for which some models have a template of their own.</summary>
    internal static bool HasTools(ConversationOptions options) => options.Arguments.GetValueOrDefault("tools") is not null;

    /// <summary>The template as it is written; null if the model has none.</summary>
    internal string? Source => _template?.Source;

    private DateOnly Date { get; }

    /// <summary>The day that the template writes as today; null if it writes none.</summary>
    internal DateOnly? DateWritten => _template?.ReadsDate == true ? Date : null;

    /// <summary>
    /// Whether the template takes a system message; null if the model has no template, or one that does not take a user message alone.
    /// </summary>
    internal bool? TakesSystemRole => _takesSystemRole.Value;

    private bool? TrySystemRole()
    {
        if (_template is null)
            return null;
        try
        {
            _ = Apply(_template, [new ChatMessage("user", "b")], openAnswer: true);
            return !_template.RefusesSystemRole;
        }
        catch (Exception e) when (e is ChatTemplateRefusal or ChatTemplateException)
        {
            return null;
        }
    }

    /// <summary>
    /// The text of a conversation. Where the template itself refuses the messages and a system message is among them, that is left out,
    /// as lm-evaluation-harness does.
    /// </summary>
    /// <param name="messages">The turns, at least one.</param>
    /// <param name="openAnswer">Whether the text ends with the beginning of the assistant's turn (add_generation_prompt).</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the model has no template, or it refuses the messages.</exception>
    internal string Render(IReadOnlyList<ChatMessage> messages, bool openAnswer)
    {
        if (_template is null)
        {
            throw new EvalException(
                ExitCode.Model,
                $"--apply-chat-template: {_model} has no chat template; expected {_expected}; leave the option out for a base model");
        }

        try
        {
            return Apply(_template, messages, openAnswer);
        }
        catch (ChatTemplateRefusal) when (messages.Any(m => m.Role == "system") && messages.Any(m => m.Role != "system"))
        {
            return RenderWithoutSystem(_template, messages, openAnswer);
        }
        catch (Exception e) when (e is ChatTemplateRefusal or ChatTemplateException)
        {
            throw Unfit(messages, e);
        }
    }

    private string RenderWithoutSystem(ChatTemplate template, IReadOnlyList<ChatMessage> messages, bool openAnswer)
    {
        try
        {
            string text = Apply(template, [.. messages.Where(m => m.Role != "system")], openAnswer);
            // The manifest says so for a template that refuses every system message; this line is for one that refuses some.
            if (TakesSystemRole == true && Interlocked.Exchange(ref _dropped, 1) == 0)
            {
                _options.Announce(
                    "the chat template refuses the system message of some conversations; it is left out there, as in the reference");
            }

            return text;
        }
        catch (Exception e) when (e is ChatTemplateRefusal or ChatTemplateException)
        {
            throw Unfit(messages, e);
        }
    }

    private EvalException Unfit(IReadOnlyList<ChatMessage> messages, Exception e)
    {
        string roles = string.Join(", ", messages.Select(m => m.Role).Distinct());
        string what = e is ChatTemplateRefusal ? "refuses" : "fails on";
        return new EvalException(
            ExitCode.Model,
            $"--apply-chat-template: the chat template of {_model} {what} these messages ({roles}): {EvalException.OneLine(e.Message)}; "
            + "leave out the option, or what the template does not take",
            e);
    }

    private string Apply(ChatTemplate template, IReadOnlyList<ChatMessage> messages, bool openAnswer) => template.Render(
        [.. messages.Select(m => new OrderedDictionary<string, object?> { ["role"] = m.Role, ["content"] = m.Content })],
        openAnswer,
        _options.Arguments,
        Date);
}
