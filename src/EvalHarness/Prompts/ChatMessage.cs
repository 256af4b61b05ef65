using System.Text;

namespace EvalHarness.Prompts;

/// <summary>One turn of a prompt.</summary>
/// <param name="Role">system, user or assistant.</param>
/// <param name="Content">Text.</param>
/// <param name="Delimiter">What follows it where there is no chat template.</param>
public sealed record ChatMessage(string Role, string Content, string Delimiter = "");

/// <summary>How prompts are written for models that were trained on conversations.</summary>
public sealed record ChatFormat
{
    /// <summary>Text as it stands, without roles.</summary>
    public static ChatFormat None { get; } = new();

    /// <summary>--apply-chat-template.</summary>
    public bool Apply { get; init; }

    /// <summary>--system-instruction; stands before the task's own description.</summary>
    public string? SystemInstruction { get; init; }

    /// <summary>--fewshot-as-multiturn: each shot a question and an answer of its own, instead of one long question.</summary>
    public bool Multiturn { get; init; } = true;

    /// <summary>
    /// The model's template: messages, and whether to open the assistant's turn. Null while no model is loaded; prompts are then
    /// written without roles, which shows every other mistake.
    /// </summary>
    public Func<IReadOnlyList<ChatMessage>, bool, string>? Template { get; init; }

    /// <param name="messages">The conversation so far.</param>
    /// <param name="prefilled">The last message is the beginning of the answer, and the model goes on in it.</param>
    internal string Render(IReadOnlyList<ChatMessage> messages, bool prefilled)
    {
        if (!Apply || Template is null)
            return string.Concat(messages.Select(m => m.Content + m.Delimiter));
        IReadOnlyList<ChatMessage> turns = Multiturn ? messages : Collapse(messages);
        string rendered = Template(turns, !prefilled);
        return prefilled ? CutBehind(rendered, turns[^1].Content) : rendered;
    }

    /// <summary>All shots and the question as one user turn; system message and begun answer stay apart.</summary>
    private static List<ChatMessage> Collapse(IReadOnlyList<ChatMessage> messages)
    {
        var turns = new List<ChatMessage>();
        int start = messages[0].Role == "system" ? 1 : 0, end = messages[^1].Role == "assistant" ? messages.Count - 1 : messages.Count;
        turns.AddRange(messages.Take(start));
        var text = new StringBuilder();
        for (int i = start; i < end; i++)
            text.Append(messages[i].Content).Append(i == end - 1 ? "" : messages[i].Delimiter);
        turns.Add(new ChatMessage("user", text.ToString()));
        turns.AddRange(messages.Skip(end));
        return turns;
    }

    /// <summary>A template closes every turn; the model is to go on in the last one, so what follows its text is cut.</summary>
    private static string CutBehind(string rendered, string content)
    {
        string core = content.Trim();
        int at = rendered.LastIndexOf(core, StringComparison.Ordinal);
        if (at < 0)
            throw new EvalException(ExitCode.Task, $"the model's chat template does not show the begun answer '{core}' (gen_prefix), so the model cannot go on in it; leave out --apply-chat-template or gen_prefix");
        string led = content.TrimStart();
        return string.CompareOrdinal(rendered, at, led, 0, led.Length) == 0 ? rendered[..(at + led.Length)] : rendered[..(at + core.Length)];
    }
}
