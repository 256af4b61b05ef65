using System.Globalization;
using System.Text;
using EvalHarness.Pythonic;
using EvalHarness.Running;

namespace EvalHarness.Reports;

/// <summary>
/// Rows of datasets and what tasks make of them, for a terminal. Values are the text that templates see; nothing in them moves the cursor
/// or changes colours.
/// </summary>
internal static class DocumentView
{
    /// <summary>The characters of a value that are shown.</summary>
    internal const int LongestText = 4_000;

    /// <summary>A value that is longer, or has several lines, begins on a line of its own.</summary>
    private const int Beside = 100;

    private const string Indent = "  ";

    /// <summary>A row of a dataset.</summary>
    /// <param name="number">Its number in the split, from 0.</param>
    /// <param name="columns">Its values by column.</param>
    public static string Row(long number, IReadOnlyDictionary<string, object?> columns)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"row {number}\n");
        foreach ((string name, object? value) in columns)
            Append(text, Indent, name, value);
        return text.ToString();
    }

    /// <summary>A document of a task with its prompt, or with the error of it.</summary>
    public static string Document(RenderedDocument rendered)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{SampleView.Escape(rendered.Task)}, document {rendered.DocId}\n{Indent}document:\n");
        foreach ((string name, object? value) in (IReadOnlyDictionary<string, object?>)rendered.Document.Value!)
            Append(text, Indent + Indent, name, value);
        if (rendered.Error is { } error)
        {
            Append(text, Indent, "error", error);
            return text.ToString();
        }

        if (rendered.Contexts is null)
            Append(text, Indent, "context", rendered.Context);
        AppendEach(text, "contexts", rendered.Contexts);
        AppendEach(text, "continuations", rendered.Continuations);
        AppendEach(text, "choices", rendered.Choices);
        Append(text, Indent, "target", rendered.Target!.Value.Value);
        AppendEach(text, "until", rendered.Until);
        return text.ToString();
    }

    /// <summary>Texts in quotes, because their spaces and line feeds count.</summary>
    private static void AppendEach(StringBuilder text, string name, IReadOnlyList<string>? texts)
    {
        if (texts is null)
            return;
        text.Append(Indent).Append(name).Append(":\n");
        for (int i = 0; i < texts.Count; i++)
            Append(text, Indent + Indent, i.ToString(CultureInfo.InvariantCulture), Python.Repr(texts[i]));
    }

    private static void Append(StringBuilder text, string indent, string name, object? value)
    {
        string shown = Cut(Python.Str(value));
        bool beside = shown.Length <= Beside && !shown.Contains('\n', StringComparison.Ordinal);
        text.Append(indent).Append(SampleView.Escape(name)).Append(beside ? ": " : ":\n");
        if (beside)
            text.Append(SampleView.Escape(shown)).Append('\n');
        else
            foreach (string line in SampleView.Escape(shown).Split('\n'))
                text.Append(indent).Append(Indent).Append(line).Append('\n');
    }

    private static string Cut(string text)
    {
        if (text.Length <= LongestText)
            return text;
        int end = char.IsHighSurrogate(text[LongestText - 1]) ? LongestText - 1 : LongestText;
        return string.Create(CultureInfo.InvariantCulture, $"{text[..end]}\n[{text.Length - end} more characters; --json prints them]");
    }
}
