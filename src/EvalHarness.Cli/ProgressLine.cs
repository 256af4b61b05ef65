using EvalHarness.Running;

namespace EvalHarness.Cli;

/// <summary>For whom the progress of a run is written.</summary>
internal enum ProgressReader
{
    /// <summary>Someone at a terminal: one line that is overwritten ten times a second.</summary>
    Terminal,

    /// <summary>Someone who reads a log later: a new line every 30 seconds.</summary>
    Log,

    /// <summary>The program that started the run: a line of <see cref="ProgressReport"/> every second.</summary>
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
        if (IsDue())
            Write(ProgressReport.Of(value, time.GetElapsedTime(_start)));
    }

    /// <summary>Whether so much time has passed since the line was last written that it is to be written again.</summary>
    internal bool IsDue()
    {
        if (time.GetElapsedTime(_last) < _interval)
            return false;
        _last = time.GetTimestamp();
        return true;
    }

    internal void Write(ProgressReport report) => error.Write(reader switch
    {
        ProgressReader.Terminal => Erase + report,
        ProgressReader.Program => report.ToLine() + "\n",
        _ => report + "\n",
    });

    internal void Clear()
    {
        if (reader == ProgressReader.Terminal)
            error.Write(Erase);
    }
}
