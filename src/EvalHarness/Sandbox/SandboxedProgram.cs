using System.Security.Cryptography;

namespace EvalHarness.Sandbox;

/// <summary>A program to run: Python for the box's own interpreter, or a command.</summary>
public sealed record SandboxedProgram
{
    /// <summary>Python source, run by the warm interpreter; null where <see cref="Command"/> is run.</summary>
    public string? Source { get; init; }

    /// <summary>
    /// Program and arguments, in the temporary folder. It passed if it ended with status 0 and wrote a line of <see cref="Token"/> and
    /// "passed"; after the token may also stand "assertion TEXT", "exception TEXT" or "memory".
    /// </summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Name to text, written to the temporary folder before it starts.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>Variables on top of PATH, HOME and LC_ALL; for commands.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public string Input { get; init; } = "";

    /// <summary>The command cannot do without /proc; it is given one of its own processes only.</summary>
    public bool NeedsProc { get; init; }

    public ProgramLimits Limits { get; init; } = new();

    /// <summary>Makes a verdict one: 128 random bits, which nothing that the model wrote is told.</summary>
    public string Token { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
