using System.Text.RegularExpressions;

namespace EvalHarness.Sandbox;

/// <summary>How programs of one language are put together and run: <c>Languages/*.yaml</c>, and files of one's own in the same words.</summary>
public sealed record Language
{
    private const double WallFactor = 1.25;

    public required string Name { get; init; }

    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Program text, in which <c>{{answer}}</c> and <c>{{tests}}</c> are replaced.</summary>
    public required string Program { get; init; }

    /// <summary>Name to text; <c>{{program}}</c> is replaced by the program, <c>{{token}}</c>, in files without a program, by the token of verdicts.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>Empty for Python, which the box's own interpreter runs.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Command that writes its version.</summary>
    public IReadOnlyList<string> Version { get; init; } = [];

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public bool NeedsProc { get; init; }

    public ProgramLimits Limits { get; init; } = new();

    /// <summary>Where the tool lies, links followed; null where the box has it anyway.</summary>
    internal string? Folder
    {
        get
        {
            if (Version.Count == 0 || BoxBackend.Find(Version[0]) is not { } tool)
                return null;
            string folder = Path.GetDirectoryName(File.ResolveLinkTarget(tool, returnFinalTarget: true)?.FullName ?? tool)!;
            return ((string[])["/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/"]).Any(f => $"{folder}/".StartsWith(f, StringComparison.Ordinal)) ? null : folder;
        }
    }

    private Dictionary<string, string> Variables => Folder is { } folder ? new(Environment) { ["PATH"] = $"{folder}:/usr/local/bin:/usr/bin:/bin" } : new(Environment);

    internal SandboxedProgram AskVersion() => new() { Command = Version, Environment = Variables, NeedsProc = NeedsProc, Limits = Limits };

    /// <param name="answer">What the model wrote.</param>
    /// <param name="tests">What is to run after it.</param>
    /// <param name="time">Of the processor; on the wall a quarter more, so that what only computes is judged by the processor's clock.</param>
    public SandboxedProgram Attach(string answer, string tests, TimeSpan time)
    {
        // Both at once: what the model wrote may contain the words that are replaced.
        string text = Regex.Replace(Program, @"\{\{(answer|tests)\}\}", m => m.Value == "{{answer}}" ? answer : tests);
        ProgramLimits limits = Limits with { ProcessorTime = time, WallTime = time * WallFactor };
        if (Command.Count == 0)
            return new SandboxedProgram { Source = text, Limits = limits };
        var program = new SandboxedProgram { Command = Command, Environment = Variables, NeedsProc = NeedsProc, Limits = limits };
        return program with { Files = Files.ToDictionary(f => f.Key, f => f.Value.Contains("{{program}}", StringComparison.Ordinal) ? f.Value.Replace("{{program}}", text, StringComparison.Ordinal) : f.Value.Replace("{{token}}", program.Token, StringComparison.Ordinal)) };
    }
}
