using System.Text;
using System.Text.RegularExpressions;

namespace EvalHarness.Sandbox;

/// <summary>
/// How programs in one programming language are put together and run. The built-in languages are defined in <c>Languages/*.yaml</c>, and
/// users can define others in files with the same keys.
/// </summary>
internal sealed partial record Language
{
    private const double WallFactor = 1.25;

    public required string Name { get; init; }

    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The text of a program with its tests, in which <c>{{answer}}</c> and <c>{{tests}}</c> are replaced.</summary>
    public string Program { get; init; } = "{{answer}}\n{{tests}}";

    /// <summary>
    /// The files to write before the command starts, as text by name, with the placeholders <c>{{answer}}</c>, <c>{{tests}}</c> and
    /// <c>{{program}}</c>. In files that contain none of them, <c>{{token}}</c> is replaced by the token that marks a verdict.
    /// </summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>The command that runs the tests; empty for Python, which the box's own interpreter runs.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>
    /// The files and the command of the process that runs the program, with the placeholder <c>{{answer}}</c>; null if it runs in the same
    /// process as its tests.
    /// </summary>
    public LanguageCommand? Candidate { get; init; }

    /// <summary>A command that makes files which both processes of every program need; null if there is none.</summary>
    public LanguageCommand? Prepare { get; init; }

    /// <summary>What <see cref="Prepare"/> made, by name.</summary>
    internal IReadOnlyDictionary<string, byte[]> Prepared { get; init; } = new Dictionary<string, byte[]>();

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

    /// <summary>
    /// The program that makes the prepared files. It writes each as a line of its name and its content in base64 to standard output.
    /// </summary>
    internal SandboxedProgram AskFiles(LanguageCommand prepare)
    {
        const string script =
            """keep=$1; shift; "$@" || exit 1; for f in $keep; do printf '\n%s %s\n' "$f" "$(base64 -w 0 "$f")"; done""";
        var time = TimeSpan.FromSeconds(60);
        return new SandboxedProgram
        {
            Command = ["/bin/sh", "-c", script, "prepare", string.Join(' ', prepare.Keep), .. prepare.Command],
            Files = prepare.Files.ToDictionary(f => f.Key, f => Encoding.UTF8.GetBytes(f.Value)),
            Environment = Variables,
            NeedsProc = NeedsProc,
            Limits = Limits with { ProcessorTime = time, WallTime = time, Output = 1 << 24 },
        };
    }

    /// <summary>The language with the files that the program of <see cref="AskFiles"/> made.</summary>
    /// <returns>Null if one of them is missing.</returns>
    internal Language? WithFiles(LanguageCommand prepare, string output)
    {
        Dictionary<string, byte[]> files = output.Split('\n')
            .Select(line => line.Split(' '))
            .Where(words => words.Length == 2 && words[1].Length > 0 && prepare.Keep.Contains(words[0]))
            .ToDictionary(words => words[0], words => Convert.FromBase64String(words[1]));
        return files.Count == prepare.Keep.Count ? this with { Prepared = files } : null;
    }

    /// <summary>Makes a program of a model's answer and the tests for it.</summary>
    /// <param name="answer">The code that the model wrote.</param>
    /// <param name="tests">The code that tests the answer.</param>
    /// <param name="time">
    /// The limit of processor time. The wall time is limited to a quarter more, so that a program that only computes is always judged by
    /// its processor time.
    /// </param>
    public SandboxedProgram Attach(string answer, string tests, TimeSpan time)
    {
        ProgramLimits limits = Limits with { ProcessorTime = time, WallTime = time * WallFactor };
        if (Command.Count == 0)
            return new SandboxedProgram { Source = answer, Tests = tests, Limits = limits };
        var program = new SandboxedProgram
        {
            Candidate = Candidate?.Command,
            Command = Command,
            Environment = Variables,
            NeedsProc = NeedsProc,
            Limits = limits,
        };
        // One pass replaces all placeholders, because the answer may itself contain "{{tests}}".
        string Fill(string text, string whole, string token) => Placeholder().Replace(text, m => m.Groups[1].Value switch
        {
            "answer" => answer,
            "tests" => tests,
            "program" => whole,
            _ => token,
        });
        string whole = Fill(Program, "", "");
        // A file that contains the program does not get the token, because the program could read it there.
        byte[] Content(string file) =>
            Encoding.UTF8.GetBytes(Fill(file, whole, Candidate is null && !HoldsProgram(file) ? program.Token : "{{token}}"));
        IEnumerable<KeyValuePair<string, byte[]>> Contents(IReadOnlyDictionary<string, string> files) =>
            files.Select(f => KeyValuePair.Create(f.Key, Content(f.Value))).Concat(Prepared);
        return program with
        {
            Files = new Dictionary<string, byte[]>(Contents(Files)),
            CandidateFiles = new Dictionary<string, byte[]>(Candidate is null ? [] : Contents(Candidate.Files)),
        };
    }

    private static bool HoldsProgram(string file) => Placeholder().Matches(file).Any(m => m.Groups[1].Value != "token");

    [GeneratedRegex(@"\{\{(answer|tests|program|token)\}\}")]
    private static partial Regex Placeholder();
}

/// <summary>A command of a language, with the files that it needs.</summary>
/// <param name="Files">Files, as text by name, that are written to the temporary folder before the command starts.</param>
/// <param name="Command">The command and its arguments.</param>
/// <param name="Keep">The names of the files that it makes and that are kept; empty but for <see cref="Language.Prepare"/>.</param>
internal sealed record LanguageCommand(
    IReadOnlyDictionary<string, string> Files, IReadOnlyList<string> Command, IReadOnlyList<string> Keep);
