using System.Text;

namespace EvalHarness.Pythonic;

/// <summary>
/// Text that Jinja's filters <c>safe</c> and <c>escape</c> mark as HTML. It behaves as a string, but text that is added to it is escaped.
/// </summary>
internal sealed class PythonText(string text) : PythonObject
{
    public string Text => text;

    public override string TypeName => "a string";

    public override bool IsTrue => text.Length > 0;

    public override string Str() => text;

    public override void WriteRepr(StringBuilder written, int depth) => written.Append("Markup(").Append(Python.Quote(text)).Append(')');

    /// <summary>Escapes the characters that have a meaning in HTML, as Python's library MarkupSafe does.</summary>
    public static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal)
        .Replace("\"", "&#34;", StringComparison.Ordinal);
}
