using System.Text.Json;
using EvalHarness.Files;

namespace EvalHarness.Sandbox;

/// <summary>What a box says about the end of its session.</summary>
/// <param name="Ended">
/// Why the box ended it: "total" (memory), "descriptors", or "closed" because nobody asks any more; null if it ended by itself.
/// </param>
/// <param name="Status">The exit status, as a shell reports it; -1 if the box ended the session.</param>
/// <param name="Output">The end of what the session wrote to standard output and error. It is untrusted text.</param>
internal sealed record SessionEnd(string? Ended, int Status, string Output)
{
    /// <summary>The most characters of a session's output that a message has.</summary>
    private const int Shown = 300;

    /// <returns>Null if the line is none of a box whose session began, but for example one of a tool that could not make the box.</returns>
    internal static SessionEnd? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<SessionEnd>(line, ResultsJson.Line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Why the session ended, as the end of a sentence.</summary>
    internal string Reason(ProgramLimits limits)
    {
        string why = Ended switch
        {
            "total" => $"needed more memory than is allowed, {limits.TotalMemory >> 20} MiB",
            "descriptors" => "opened more files, pipes or sockets at once than are allowed",
            _ when Status > 128 => $"was ended by signal {Status - 128}",
            _ => $"ended itself with exit status {Status}, as os._exit and the end of the process do",
        };
        string said = EvalException.OneLine(Output);
        return said.Length == 0 ? why : $"{why}; it wrote last: {(said.Length > Shown ? "..." + said[^Shown..] : said)}";
    }
}
