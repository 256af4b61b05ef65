namespace EvalHarness;

/// <summary>How the user started the program.</summary>
internal static class Invocation
{
    private const string Tool = "evalharness";

    /// <summary>
    /// What to type before a verb, for messages that name a command to type next: how the script was started ("./run-eval.sh",
    /// "pwsh -File run-eval.ps1"), which it hands over in the environment, quoted as its shell wants it; else the installed tool:
    /// "evalharness" where that is on the PATH, and its file where not.
    /// </summary>
    public static string Command { get; } = Environment.GetEnvironmentVariable("EVALHARNESS_COMMAND") switch
    {
        null or "" => ToolName(Environment.ProcessPath, Environment.GetEnvironmentVariable("PATH"), Environment.CurrentDirectory),
        var given => given,
    };

    /// <param name="process">The file of this process: the tool's own start program, or dotnet.</param>
    /// <param name="path">The PATH.</param>
    /// <param name="folder">Where the user is.</param>
    internal static string ToolName(string? process, string? path, string folder)
    {
        if (process is null || Path.GetFileNameWithoutExtension(process) != Tool)
            return Tool;
        string home = Path.GetDirectoryName(process)!;
        if ((path ?? "").Split(Path.PathSeparator).Any(p => Path.TrimEndingDirectorySeparator(p) == home))
            return Tool;
        string near = Path.GetRelativePath(folder, process);
        bool isElsewhere = near.StartsWith("..", StringComparison.Ordinal)
            || !near.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal);
        return Words([isElsewhere ? process : near]);
    }

    /// <summary>Words as the user's shell takes them literally, for messages that name a command to type.</summary>
    internal static string Words(IEnumerable<string> words) => OperatingSystem.IsWindows()
        ? string.Join(' ', words.Select(word => IsPlain(word) ? word : $"\"{word}\""))
        : BashWords(words);

    /// <summary>Words as bash takes them literally.</summary>
    internal static string BashWords(IEnumerable<string> words) => string.Join(
        ' ', words.Select(word => IsPlain(word) ? word : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'"));

    private static bool IsPlain(string word) => word.Length > 0
        && word.All(c => char.IsAsciiLetterOrDigit(c)
            || "/._-:,=@+".Contains(c, StringComparison.Ordinal)
            || (c == '\\' && OperatingSystem.IsWindows()));
}
