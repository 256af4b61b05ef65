using System.Globalization;

namespace EvalHarness.Cli;

/// <summary>Writes to standard error.</summary>
internal static class Terminal
{
    /// <summary>Escapes control characters, so that text from files and models cannot control the terminal.</summary>
    internal static string Visible(string text) =>
        string.Concat(text.Select(c => char.IsControl(c) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c.ToString()));

    /// <summary>The same for a text of several lines, which stay.</summary>
    internal static string VisibleLines(string text) => string.Join('\n', text.Split('\n').Select(Visible));

    /// <summary>Writes a note as a line, unless <paramref name="quiet"/> is set.</summary>
    internal static void Say(TextWriter error, bool quiet, string text)
    {
        if (!quiet)
            error.WriteLine(Visible(text));
    }
}
