namespace EvalHarness.Templates;

/// <summary>
/// Thrown if a template cannot be parsed or rendered. Line and column give the place in the template's text and are counted from 1.
/// </summary>
internal sealed class TemplateException(string message, int line, int column)
    : Exception($"line {line}, column {column}: {message}")
{
    public int Line { get; } = line;

    public int Column { get; } = column;
}
