using System.Text.RegularExpressions;

namespace EvalHarness.Sandbox;

/// <summary>How programs of one language are put together and run: <c>Languages/*.yaml</c>, and files of one's own in the same words.</summary>
public sealed record Language
{
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

    /// <summary>Output by which a program that was ended for memory is known; null where its runtime says so as a verdict.</summary>
    public Regex? OutOfMemory { get; init; }

    public ProgramLimits Limits { get; init; } = new();

    /// <summary>Where the tool lies, if the box does not have it anyway.</summary>
    internal string? Folder => Version.Count == 0 || BoxBackend.Find(Version[0]) is not { } tool || Path.GetDirectoryName(new FileInfo(tool).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? tool) is not { } folder
        || folder.StartsWith("/usr", StringComparison.Ordinal) || folder.StartsWith("/bin", StringComparison.Ordinal) ? null : folder;

    private Dictionary<string, string> Variables => Folder is { } folder ? new(Environment) { ["PATH"] = $"{folder}:/usr/local/bin:/usr/bin:/bin" } : new(Environment);

    internal SandboxedProgram AskVersion() => new() { Command = Version, Environment = Variables, NeedsProc = NeedsProc, Limits = Limits };

    /// <param name="answer">What the model wrote.</param>
    /// <param name="tests">What is to run after it.</param>
    /// <param name="time">Of the processor, and on the wall.</param>
    public SandboxedProgram Attach(string answer, string tests, TimeSpan time)
    {
        // Both at once: what the model wrote may contain the words that are replaced.
        string text = Regex.Replace(Program, @"\{\{(answer|tests)\}\}", m => m.Value == "{{answer}}" ? answer : tests);
        ProgramLimits limits = Limits with { ProcessorTime = time, WallTime = time };
        if (Command.Count == 0)
            return new SandboxedProgram { Source = text, Limits = limits };
        var program = new SandboxedProgram { Command = Command, Environment = Variables, NeedsProc = NeedsProc, Limits = limits };
        return program with { Files = Files.ToDictionary(f => f.Key, f => f.Value.Contains("{{program}}", StringComparison.Ordinal) ? f.Value.Replace("{{program}}", text, StringComparison.Ordinal) : f.Value.Replace("{{token}}", program.Token, StringComparison.Ordinal)) };
    }
}
