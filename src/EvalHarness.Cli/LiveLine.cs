namespace EvalHarness.Cli;

/// <summary>A line at the bottom of a terminal that says what runs now; other lines appear above it.</summary>
/// <param name="terminal">Where it is drawn; null where nobody looks, so that it is not.</param>
internal sealed class LiveLine(TextWriter? terminal)
{
    private readonly Lock _drawing = new();
    private string _shown = "";

    /// <summary>Takes the place of what was shown before. Longer text than the terminal is wide is cut.</summary>
    internal void Show(string text)
    {
        if (terminal is null)
            return;
        string visible = Terminal.Visible(text);
        int width = Console.WindowWidth > 1 ? Console.WindowWidth - 1 : visible.Length;
        lock (_drawing)
        {
            _shown = visible.Length > width ? visible[..width] : visible;
            terminal.Write(ProgressLine.Erase + _shown);
        }
    }

    internal void Clear() => Show("");

    /// <summary>Writes lines above it.</summary>
    internal void Above(Action write)
    {
        lock (_drawing)
        {
            if (_shown.Length > 0)
                terminal?.Write(ProgressLine.Erase);
            write();
            if (_shown.Length > 0)
                terminal?.Write(_shown);
        }
    }
}
