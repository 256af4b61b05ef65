using System.Text;

namespace EvalHarness.Prompts;

/// <summary>One turn of a prompt.</summary>
/// <param name="Role">The role of the speaker: system, user or assistant.</param>
/// <param name="Content">The text of the turn.</param>
/// <param name="Delimiter">The text that follows the turn if the prompt is rendered without a chat template.</param>
public sealed record ChatMessage(string Role, string Content, string Delimiter = "");

/// <summary>What stands before the question of a prompt: the description and the few-shot examples.</summary>
/// <param name="Description">The description, or null.</param>
/// <param name="Shots">The examples, as positions in the pool.</param>
/// <param name="Turns">Both as turns.</param>
/// <param name="Text">The text of the turns without roles.</param>
internal sealed record PromptStart(string? Description, int[] Shots, IReadOnlyList<ChatMessage> Turns, string Text);

/// <summary>Says whether and how a prompt is rendered as a conversation with the model's chat template.</summary>
internal sealed record ChatFormat
{
    /// <summary>Renders prompts as plain text without roles.</summary>
    public static ChatFormat None { get; } = new();

    /// <summary>Whether prompts are rendered with the chat template (option --apply-chat-template).</summary>
    public bool Apply { get; init; }

    /// <summary>A text that is put before the task's own description (option --system-instruction), or null.</summary>
    public string? SystemInstruction { get; init; }

    /// <summary>
    /// Whether each few-shot example becomes a user turn and an assistant turn (option --fewshot-as-multiturn). Otherwise all
    /// examples and the question form one user turn.
    /// </summary>
    public bool Multiturn { get; init; } = true;

    /// <summary>Makes a prompt of its turns: a conversation, or plain text without roles.</summary>
    /// <param name="start">The turns before the question.</param>
    /// <param name="question">The question, and the beginning of the answer if the task gives it.</param>
    /// <param name="isPrefilled">Whether the last turn is the beginning of the answer, which the model is to continue.</param>
    internal Prompt Prompt(PromptStart start, IReadOnlyList<ChatMessage> question, bool isPrefilled)
    {
        if (!Apply)
            return start.Text + Prompts.Prompt.Plain(question);
        ChatMessage[] messages = [.. start.Turns, .. question];
        return Prompts.Prompt.FromMessages(Multiturn ? messages : Collapse(messages), isPrefilled);
    }

    /// <summary>
    /// Joins all few-shot examples and the question to one user turn. A system message and the beginning of the answer remain
    /// separate turns.
    /// </summary>
    private static List<ChatMessage> Collapse(ChatMessage[] messages)
    {
        var turns = new List<ChatMessage>();
        int start = messages[0].Role == "system" ? 1 : 0;
        int end = messages[^1].Role == "assistant" ? messages.Length - 1 : messages.Length;
        turns.AddRange(messages.Take(start));
        var text = new StringBuilder();
        for (int i = start; i < end; i++)
            text.Append(messages[i].Content).Append(i == end - 1 ? "" : messages[i].Delimiter);
        turns.Add(new ChatMessage("user", text.ToString()));
        turns.AddRange(messages.Skip(end));
        return turns;
    }
}
