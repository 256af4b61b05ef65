namespace EvalHarness.Templates;

/// <summary>A template that cannot be parsed or rendered; line and column are 1-based and point into the template's text.</summary>
public sealed class TemplateException(string message, int line, int column)
    : Exception($"line {line}, column {column}: {message}")
{
    public int Line { get; } = line;

    public int Column { get; } = column;
}
