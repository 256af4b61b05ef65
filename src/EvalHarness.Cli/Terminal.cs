using System.Globalization;
using EvalHarness.Running;

namespace EvalHarness.Cli;

/// <summary>Writes to standard error.</summary>
internal static class Terminal
{
    /// <summary>Escapes control characters, so that text from files and models cannot control the terminal.</summary>
    internal static string Visible(string text) =>
        string.Concat(text.Select(c => char.IsControl(c) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c.ToString()));

    /// <summary>Writes a note as a line, unless <paramref name="quiet"/> is set.</summary>
    internal static void Say(TextWriter error, bool quiet, string text)
    {
        if (!quiet)
            error.WriteLine(Visible(text));
    }
}

/// <summary>
/// Shows the progress of a run: on a terminal as one line that is overwritten ten times a second, elsewhere as a new line every 30 seconds.
/// </summary>
internal sealed class ProgressLine(TextWriter error, bool isTerminal, TimeProvider time) : IProgress<RunProgress>
{
    private static readonly TimeSpan TerminalInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(30);

    private readonly long _start = time.GetTimestamp();
    private long _last = time.GetTimestamp();

    public void Report(RunProgress value)
    {
        if (time.GetElapsedTime(_last) < (isTerminal ? TerminalInterval : PlainInterval))
            return;
        _last = time.GetTimestamp();
        TimeSpan elapsed = time.GetElapsedTime(_start);
        string left = value.Left is { } rest ? $", {Duration(rest)} left" : "";
        double tokens = value.Usage.PromptTokensComputed + value.Usage.TokensGenerated;
        string rate = tokens > 0 ? string.Create(CultureInfo.InvariantCulture, $", {tokens / elapsed.TotalSeconds:0} tokens/s") : "";
        string score = value.Score() is { } s
            ? string.Create(
                CultureInfo.InvariantCulture, $" {s.Metric} {s.Value:0.000} [{s.Interval.Low:0.000}, {s.Interval.High:0.000}]")
            : "";
        string errored = value.Errored > 0 ? $", {value.Errored} errored" : "";
        string line = $"{value.Done}/{value.Total} ({100L * value.Done / Math.Max(1, value.Total)}%) {value.Task}{score}{rate}, "
            + $"{Duration(elapsed)}{left}{errored}";
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
