using System.Security.Cryptography;

namespace EvalHarness.Sandbox;

/// <summary>A program to run, either Python source for the box's own interpreter or a command.</summary>
internal sealed record SandboxedProgram
{
    /// <summary>The Python source for the warm interpreter; null if <see cref="Command"/> is to run.</summary>
    public string? Source { get; init; }

    /// <summary>
    /// The command and its arguments, which run in the temporary folder. The program passed if it ended with status 0 and wrote a line of
    /// <see cref="Token"/>, a space and "passed". Other verdicts after the token are "assertion TEXT", "exception TEXT" and "memory".
    /// </summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Files, as text by name, that are written to the temporary folder before the program starts.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>Environment variables of a command, in addition to PATH, HOME and LC_ALL.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The text on the program's standard input.</summary>
    public string Input { get; init; } = "";

    /// <summary>Whether the command needs /proc. It then sees one that shows only its own processes.</summary>
    public bool NeedsProc { get; init; }

    public ProgramLimits Limits { get; init; } = new();

    /// <summary>
    /// The text that marks a line as a verdict: 128 random bits in hexadecimal. It is kept from the code that the model wrote, which
    /// therefore cannot print a verdict itself.
    /// </summary>
    public string Token { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
