using System.Text.RegularExpressions;

namespace EvalHarness.Sandbox;

/// <summary>
/// How programs in one programming language are put together and run. The built-in languages are defined in <c>Languages/*.yaml</c>, and
/// users can define others in files with the same keys.
/// </summary>
internal sealed record Language
{
    private const double WallFactor = 1.25;

    public required string Name { get; init; }

    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The text of a program, in which <c>{{answer}}</c> and <c>{{tests}}</c> are replaced.</summary>
    public required string Program { get; init; }

    /// <summary>
    /// The files to write before the command starts, as text by name. <c>{{program}}</c> is replaced by the program. In files that do not
    /// contain the program, <c>{{token}}</c> is replaced by the token that marks a verdict.
    /// </summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>The command that runs a program; empty for Python, which the box's own interpreter runs.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>The command that prints the version of the language's tool.</summary>
    public IReadOnlyList<string> Version { get; init; } = [];

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public bool NeedsProc { get; init; }

    public ProgramLimits Limits { get; init; } = new();

    /// <summary>
    /// The folder of the language's tool, after following links; null if it is not installed, or if the box contains it anyway.
    /// </summary>
    internal string? Folder
    {
        get
        {
            if (Version.Count == 0 || BoxBackend.Find(Version[0]) is not { } tool)
                return null;
            string folder = Path.GetDirectoryName(File.ResolveLinkTarget(tool, returnFinalTarget: true)?.FullName ?? tool)!;
            bool isInBox = ((string[])["/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/"])
                .Any(f => $"{folder}/".StartsWith(f, StringComparison.Ordinal));
            return isInBox ? null : folder;
        }
    }

    private Dictionary<string, string> Variables => Folder is { } folder
        ? new(Environment) { ["PATH"] = $"{folder}:/usr/local/bin:/usr/bin:/bin" }
        : new(Environment);

    internal SandboxedProgram AskVersion() =>
        new() { Command = Version, Environment = Variables, NeedsProc = NeedsProc, Limits = Limits };

    /// <summary>Makes a program of a model's answer and the tests for it.</summary>
    /// <param name="answer">The code that the model wrote.</param>
    /// <param name="tests">The code that runs after the answer.</param>
    /// <param name="time">
    /// The limit of processor time. The wall time is limited to a quarter more, so that a program that only computes is always judged by
    /// its processor time.
    /// </param>
    public SandboxedProgram Attach(string answer, string tests, TimeSpan time)
    {
        // One pass replaces both placeholders, because the answer may itself contain "{{tests}}".
        string text = Regex.Replace(Program, @"\{\{(answer|tests)\}\}", m => m.Value == "{{answer}}" ? answer : tests);
        ProgramLimits limits = Limits with { ProcessorTime = time, WallTime = time * WallFactor };
        if (Command.Count == 0)
            return new SandboxedProgram { Source = text, Limits = limits };
        var program = new SandboxedProgram { Command = Command, Environment = Variables, NeedsProc = NeedsProc, Limits = limits };
        // A file that contains the program does not get the token, because the program could read it there.
        string Fill(string file) => file.Contains("{{program}}", StringComparison.Ordinal)
            ? file.Replace("{{program}}", text, StringComparison.Ordinal)
            : file.Replace("{{token}}", program.Token, StringComparison.Ordinal);
        return program with { Files = Files.ToDictionary(f => f.Key, f => Fill(f.Value)) };
    }
}
