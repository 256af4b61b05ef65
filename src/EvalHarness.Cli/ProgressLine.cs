using System.Globalization;
using EvalHarness.Running;

namespace EvalHarness.Cli;

/// <summary>For whom the progress of a run is written.</summary>
internal enum ProgressReader
{
    /// <summary>Someone at a terminal: one line that is overwritten ten times a second.</summary>
    Terminal,

    /// <summary>Someone who reads a log later: a new line every 30 seconds.</summary>
    Log,

    /// <summary>The program that started the run: a marked line every second.</summary>
    Program,
}

/// <summary>Shows the progress of a run on standard error.</summary>
internal sealed class ProgressLine(TextWriter error, ProgressReader reader, TimeProvider time) : IProgress<RunProgress>
{
    /// <summary>Begins the lines for <see cref="ProgressReader.Program"/>.</summary>
    internal const string Mark = "progress: ";

    /// <summary>Set by a program that starts a run and reads its progress.</summary>
    internal const string Variable = "EVALHARNESS_PROGRESS";

    /// <summary>Takes the cursor to the beginning of the line, and clears it.</summary>
    internal const string Erase = "\r\x1b[K";

    private readonly TimeSpan _interval = reader switch
    {
        ProgressReader.Terminal => TimeSpan.FromMilliseconds(100),
        ProgressReader.Program => TimeSpan.FromSeconds(1),
        _ => TimeSpan.FromSeconds(30),
    };

    private readonly long _start = time.GetTimestamp();
    private long _last = time.GetTimestamp();

    /// <summary>Who reads the standard error of this process.</summary>
    internal static ProgressReader Reader =>
        Environment.GetEnvironmentVariable(Variable) is not null ? ProgressReader.Program
        : Console.IsErrorRedirected ? ProgressReader.Log
        : ProgressReader.Terminal;

    public void Report(RunProgress value)
    {
        if (time.GetElapsedTime(_last) < _interval)
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
        error.Write(reader switch
        {
            ProgressReader.Terminal => Erase + line,
            ProgressReader.Program => $"{Mark}{line}\n",
            _ => line + "\n",
        });
    }

    internal void Clear()
    {
        if (reader == ProgressReader.Terminal)
            error.Write(Erase);
    }

    private static string Duration(TimeSpan time) => time.TotalHours >= 1
        ? $"{(int)time.TotalHours}:{time.Minutes:D2}:{time.Seconds:D2}"
        : $"{time.Minutes}:{time.Seconds:D2}";
}
