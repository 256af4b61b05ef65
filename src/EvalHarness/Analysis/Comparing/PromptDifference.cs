using EvalHarness.Results;

namespace EvalHarness.Analysis.Comparing;

/// <summary>Says how the prompts of two runs differ that were to ask the same.</summary>
internal static class PromptDifference
{
    private const int Excerpt = 40;

    /// <param name="a">A document of the first run.</param>
    /// <param name="b">The same document of the second.</param>
    /// <param name="left">The first run's name.</param>
    /// <param name="right">The second run's name.</param>
    internal static string Between(SampleRow a, SampleRow b, string left, string right)
    {
        const string advice = "run both with the same task, shots and template";
        if (a.MessagesSha256.Count > 0 != b.MessagesSha256.Count > 0)
        {
            (string chat, string text) = a.MessagesSha256.Count > 0 ? (left, right) : (right, left);
            return $"{chat} asked conversations and {text} texts, or is of a version that did not record which; "
                + "run both with --apply-chat-template, or both without it";
        }

        // The texts of two templates, or of a template and of none, differ from the first character and say nothing.
        bool otherTexts = a.HasMessagesAs(b) && a.AllContexts[0].AsSpan().CommonPrefixLength(b.AllContexts[0]) == 0;
        return otherTexts
            ? $"the conversations of {left} have other messages than those of {right} (their messages_sha256 differ); {advice}"
            : $"{Texts([.. a.AllContexts, .. a.Continuations], [.. b.AllContexts, .. b.Continuations], left, right)}; {advice}";
    }

    private static string Texts(IReadOnlyList<string> a, IReadOnlyList<string> b, string left, string right)
    {
        if (a.Count != b.Count)
            return $"{left} has {a.Count} texts, {right} {b.Count}";
        int text = Enumerable.Range(0, a.Count).FirstOrDefault(i => a[i] != b[i], -1);
        if (text < 0)
            return $"{left} and {right} divide the same text into other turns";
        int at = a[text].AsSpan().CommonPrefixLength(b[text]);
        return $"from character {at} on {left} has {Show(a[text], at)}, {right} {Show(b[text], at)}";
    }

    private static string Show(string text, int from) =>
        text.Length == from ? "nothing" : $"'{EvalException.OneLine(text.Substring(from, Math.Min(Excerpt, text.Length - from)))}'";
}
