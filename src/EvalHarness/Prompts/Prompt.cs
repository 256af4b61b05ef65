using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EvalHarness.Files;

namespace EvalHarness.Prompts;

/// <summary>
/// What a model is asked: a text, or the turns of a conversation. An engine that computes on text renders a conversation with the model's
/// chat template; an engine that takes conversations passes the turns on.
/// </summary>
public sealed record Prompt
{
    private Prompt()
    {
    }

    /// <summary>
    /// The prompt as text. Until a conversation is rendered, this is the text of its turns without roles, which is enough to find mistakes
    /// in a task before the model is loaded.
    /// </summary>
    public required string Text { get; init; }

    /// <summary>
    /// The prompt as samples show it: the text that the model reads or, for a conversation that the engine passes on as it is, its turns
    /// as a JSON array of objects with role and content, as lm-evaluation-harness writes them.
    /// </summary>
    public string Shown => IsRendered
        ? Text
        : JsonSerializer.Serialize(Messages.Select(m => new { role = m.Role, content = m.Content }), ResultsJson.Line);

    /// <summary>The turns of a conversation; empty for a prompt that is a text.</summary>
    public IReadOnlyList<ChatMessage> Messages { get; private init; } = [];

    /// <summary>Whether the last turn is the beginning of the answer, which the model is to continue.</summary>
    public bool IsPrefilled { get; private init; }

    /// <summary>Whether <see cref="Text"/> is what the model reads. It is false for a conversation until an engine renders it.</summary>
    public bool IsRendered { get; private init; } = true;

    public static implicit operator Prompt(string text) => FromString(text);

    public static Prompt FromString(string text) => new() { Text = text };

    /// <param name="messages">The turns of the conversation, at least one.</param>
    /// <param name="isPrefilled">Whether the last turn is the beginning of the answer.</param>
    public static Prompt FromMessages(IReadOnlyList<ChatMessage> messages, bool isPrefilled) => new()
    {
        Text = Plain(messages),
        Messages = messages,
        IsPrefilled = isPrefilled,
        IsRendered = false,
    };

    /// <summary>The text of all turns without roles, each with its delimiter.</summary>
    internal static string Plain(IReadOnlyList<ChatMessage> messages) => string.Concat(messages.Select(m => m.Content + m.Delimiter));

    /// <summary>
    /// The hash of a conversation's turns, which tells two conversations apart without the model's chat template. It is the SHA-256, in
    /// lower-case hexadecimal, of this text as UTF-8: for each turn its role, a line feed, the number of UTF-8 bytes of its content, a line
    /// feed, the content and a line feed; behind them "continued" if the last turn is the beginning of the answer, else "answered".
    /// Null for a prompt that is a text.
    /// </summary>
    public string? MessagesSha256()
    {
        if (Messages.Count == 0)
            return null;
        var turns = new StringBuilder();
        foreach (ChatMessage message in Messages)
        {
            int bytes = Encoding.UTF8.GetByteCount(message.Content);
            turns.Append(CultureInfo.InvariantCulture, $"{message.Role}\n{bytes}\n{message.Content}\n");
        }

        turns.Append(IsPrefilled ? "continued" : "answered");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(turns.ToString())));
    }

    /// <summary>The prompt with the text that a chat template gives it; unchanged if it is rendered already.</summary>
    /// <param name="template">Takes the turns, and whether to open the assistant's turn.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: the template leaves out the beginning of the answer.</exception>
    public Prompt Render(Func<IReadOnlyList<ChatMessage>, bool, string> template)
    {
        if (IsRendered)
            return this;
        string rendered = template(Messages, !IsPrefilled);
        return this with { Text = IsPrefilled ? CutBehind(rendered, Messages[^1].Content) : rendered, IsRendered = true };
    }

    /// <summary>The prompt with the text that <see cref="Render"/> gave it before.</summary>
    internal Prompt RenderedAs(string text) => this with
    {
        Text = text,
        IsRendered = true,
    };

    /// <summary>
    /// Cuts the rendered text behind the last turn's content. A template closes every turn, but the model is to continue this one.
    /// </summary>
    private static string CutBehind(string rendered, string content)
    {
        string core = content.Trim();
        int at = rendered.LastIndexOf(core, StringComparison.Ordinal);
        if (at < 0)
        {
            throw new EvalException(
                ExitCode.Task,
                $"the model's chat template leaves out the beginning of the answer '{core}' (gen_prefix), "
                + "so the model cannot continue it; leave out --apply-chat-template or gen_prefix");
        }

        string untrimmed = content.TrimStart();
        int length = string.CompareOrdinal(rendered, at, untrimmed, 0, untrimmed.Length) == 0 ? untrimmed.Length : core.Length;
        return rendered[..(at + length)];
    }
}
