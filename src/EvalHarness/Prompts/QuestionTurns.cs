using EvalHarness.Pythonic;

namespace EvalHarness.Prompts;

/// <summary>Writes a question and its answer as turns, with the delimiters of lm-evaluation-harness between them.</summary>
internal static class QuestionTurns
{
    /// <param name="messages">The turns so far, to which the new ones are added.</param>
    /// <param name="question">The text of the question.</param>
    /// <param name="prefix">The beginning of the answer, or null.</param>
    /// <param name="answer">The answer; empty if the model is to give it.</param>
    /// <param name="targetDelimiter">The text between the question and the answer.</param>
    /// <param name="fewShotDelimiter">The text after the answer.</param>
    internal static void Add(
        List<ChatMessage> messages, string question, string? prefix, string answer, string targetDelimiter, string fewShotDelimiter)
    {
        bool hasPrefix = !string.IsNullOrEmpty(prefix);
        bool delimited = hasPrefix
            ? question.Length > 0 && !Python.IsSpace(question[^1]) && !Python.IsSpace(prefix![0])
            : answer.Length > 0;
        messages.Add(new ChatMessage("user", question, delimited ? targetDelimiter : ""));
        if (answer.Length > 0)
            messages.Add(new ChatMessage("assistant", Join(prefix, answer, " "), fewShotDelimiter));
        else if (hasPrefix)
            messages.Add(new ChatMessage("assistant", prefix!));
    }

    /// <summary>Joins two texts. The delimiter is put between them unless one is empty or there is whitespace already.</summary>
    internal static string Join(string? before, string? after, string delimiter)
    {
        if (string.IsNullOrEmpty(before) || string.IsNullOrEmpty(after))
            return before is { Length: > 0 } ? before : after ?? "";
        return Python.IsSpace(before[^1]) || Python.IsSpace(after[0]) ? before + after : before + delimiter + after;
    }
}
