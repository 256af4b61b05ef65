using System.Globalization;
using EvalHarness.Running;

namespace EvalHarness.Cli;

/// <summary>What goes to standard error: one progress line on a terminal, a plain line now and then elsewhere.</summary>
internal static class Terminal
{
    /// <summary>Text out of files and models shown as text: control characters are escaped.</summary>
    internal static string Visible(string text) =>
        string.Concat(text.Select(c => char.IsControl(c) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c.ToString()));
}

/// <summary>Progress of a run.</summary>
internal sealed class ProgressLine(TextWriter error, bool isTerminal, TimeProvider time) : IProgress<RunProgress>
{
    private static readonly TimeSpan TerminalInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(30);

    private readonly long _start = time.GetTimestamp();
    private long _last = time.GetTimestamp();
    private int? _first;

    public void Report(RunProgress value)
    {
        _first ??= value.Done;
        if (time.GetElapsedTime(_last) < (isTerminal ? TerminalInterval : PlainInterval))
            return;
        _last = time.GetTimestamp();
        TimeSpan elapsed = time.GetElapsedTime(_start);
        int doneNow = value.Done - _first.Value;
        string left = doneNow > 0 ? $", {Duration(elapsed * ((double)(value.Total - value.Done) / doneNow))} left" : "";
        string errored = value.Errored > 0 ? $", {value.Errored} errored" : "";
        string line = $"{value.Done}/{value.Total} ({100L * value.Done / Math.Max(1, value.Total)}%) {value.Task}, {Duration(elapsed)}{left}{errored}";
        error.Write(isTerminal ? $"\r\x1b[K{line}" : line + "\n");
    }

    internal void Clear()
    {
        if (isTerminal)
            error.Write("\r\x1b[K");
    }

    private static string Duration(TimeSpan time) => time.TotalHours >= 1
        ? $"{(int)time.TotalHours}:{time.Minutes:D2}:{time.Seconds:D2}"
        : $"{time.Minutes}:{time.Seconds:D2}";
}
