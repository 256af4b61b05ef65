using System.Security.Cryptography;

namespace EvalHarness.Sandbox;

/// <summary>
/// A program to run, with its tests. They run in two processes, which exchange only values, so that the program cannot see the tests or
/// write their verdict. Python programs run in the box's own interpreter, others by commands.
/// </summary>
internal sealed record SandboxedProgram
{
    /// <summary>The Python source of the program; null if commands run it.</summary>
    public string? Source { get; init; }

    /// <summary>
    /// The Python source of the tests, which call the program's functions. An empty text passes if the program runs to its end.
    /// </summary>
    public string Tests { get; init; } = "";

    /// <summary>
    /// The command of the process that runs the program; null if a single process, that of <see cref="Command"/>, runs the program and its
    /// tests.
    /// </summary>
    public IReadOnlyList<string>? Candidate { get; init; }

    /// <summary>Files by name that are written to the candidate's temporary folder before it starts.</summary>
    public IReadOnlyDictionary<string, byte[]> CandidateFiles { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>
    /// The command of the process that runs the tests. With a <see cref="Candidate"/> it writes its verdict to descriptor 5, see
    /// <c>README.md</c>. Without one, the program passed if the command ended with status 0 and wrote a line of <see cref="Token"/>, a
    /// space and "passed"; other verdicts after the token are "assertion TEXT", "exception TEXT" and "memory".
    /// </summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Files by name that are written to the temporary folder of <see cref="Command"/> before it starts.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Whether the tests run in a process of their own.</summary>
    internal bool HasTester => Source is not null || Candidate is not null;

    /// <summary>Environment variables of the commands, in addition to PATH, HOME and LC_ALL.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The text on the program's standard input.</summary>
    public string Input { get; init; } = "";

    /// <summary>Whether the command needs /proc. It then sees one that shows only its own processes.</summary>
    public bool NeedsProc { get; init; }

    public ProgramLimits Limits { get; init; } = new();

    /// <summary>
    /// The text that marks a line of a single process as a verdict: 128 random bits in hexadecimal. It is kept from the code that the model
    /// wrote.
    /// </summary>
    public string Token { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
