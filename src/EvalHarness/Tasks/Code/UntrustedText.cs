using System.Text;

namespace EvalHarness.Tasks.Code;

/// <summary>Text that the author of a task's Python decides.</summary>
internal static class UntrustedText
{
    private const int Longest = 1_000;

    /// <summary>The text on one line, without characters that control a terminal, and not longer than a message may be.</summary>
    internal static string OneLine(string text)
    {
        var line = new StringBuilder();
        foreach (Rune rune in EvalException.OneLine(text.Length > Longest ? text[..Longest] + "..." : text).EnumerateRunes())
            line.Append(Rune.IsControl(rune) ? "\ufffd" : rune.ToString());
        return line.ToString();
    }
}
