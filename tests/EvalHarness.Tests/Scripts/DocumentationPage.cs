using System.Text.RegularExpressions;

namespace EvalHarness.Tests.Scripts;

/// <summary>What the Markdown of a fenced block says it is.</summary>
internal enum BlockKind
{
    /// <summary>Lines that are typed into a shell.</summary>
    Commands,

    /// <summary>A file whose first line is a comment with its path: <c># my-tasks/capitals.yaml</c>.</summary>
    File,

    /// <summary>What the commands before it print; a line <c>...</c> stands for any number of lines.</summary>
    Output,

    /// <summary>Marked by <c>&lt;!-- untested: REASON --&gt;</c> on the line before.</summary>
    Untested,
}

/// <summary>A fenced block of a page.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Language">After the fence; empty for none.</param>
/// <param name="Line">Number of the fence's line, from 1.</param>
/// <param name="Lines">Between the fences.</param>
/// <param name="Detail">Path of a file, reason of an untested block, else empty.</param>
internal sealed record DocumentationBlock(BlockKind Kind, string Language, int Line, IReadOnlyList<string> Lines, string Detail);

/// <summary>A Markdown page of the repository.</summary>
internal sealed partial class DocumentationPage
{
    private static readonly string[] Shells = ["sh", "bash", "shell", "console", "powershell", "pwsh"];

    private DocumentationPage(string path)
    {
        Path = path;
        Text = File.ReadAllText(FullPath);
        Blocks = ReadBlocks(Text.Split('\n'));
    }

    /// <summary>From the root of the repository, with forward slashes.</summary>
    internal string Path { get; }

    internal string Text { get; }

    internal IReadOnlyList<DocumentationBlock> Blocks { get; }

    internal string FullPath => System.IO.Path.Combine([Shared.Repository, .. Path.Split('/')]);

    /// <summary>Every line of every block of commands that is not marked as untested.</summary>
    internal IEnumerable<string> Commands => Blocks.Where(b => b.Kind == BlockKind.Commands).SelectMany(b => b.Lines);

    /// <summary>The anchors that a page on GitHub has for its headings.</summary>
    internal IEnumerable<string> Anchors => Heading().Matches(Prose).Select(m => Anchor(m.Groups["text"].Value.Trim()));

    /// <summary>Targets of links.</summary>
    internal IEnumerable<string> Links => Link().Matches(Prose).Select(m => m.Groups["target"].Value);

    /// <summary>Without the fenced blocks.</summary>
    internal string Prose => Fenced().Replace(Text, "");

    /// <summary>README, everything under docs, and the pages that stand beside code and datasets.</summary>
    internal static IReadOnlyList<DocumentationPage> All { get; } =
    [
        Read("README.md"),
        .. Under("docs"),
        Read("datasets/README.md"),
        .. Under("src").Where(p => p.Path.EndsWith("/README.md", StringComparison.Ordinal)),
    ];

    internal static DocumentationPage Read(string path) => new(path);

    private static IEnumerable<DocumentationPage> Under(string folder) =>
        Directory.EnumerateFiles(System.IO.Path.Combine(Shared.Repository, folder), "*.md", SearchOption.AllDirectories)
            .Select(f => System.IO.Path.GetRelativePath(Shared.Repository, f).Replace('\\', '/'))
            .Where(f => !f.Contains("/node_modules/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(Read);

    private static List<DocumentationBlock> ReadBlocks(string[] lines)
    {
        var blocks = new List<DocumentationBlock>();
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal))
                continue;
            int end = Array.FindIndex(lines, i + 1, l => l.Trim() == "```");
            Assert.True(end > 0, $"line {i + 1}: the block has no end");
            blocks.Add(Block(lines[i].Trim()[3..], i + 1, lines[(i + 1)..end], i > 0 ? lines[i - 1] : ""));
            i = end;
        }

        return blocks;
    }

    private static DocumentationBlock Block(string language, int line, string[] lines, string before)
    {
        if (Untested().Match(before) is { Success: true } mark)
            return new DocumentationBlock(BlockKind.Untested, language, line, lines, mark.Groups["reason"].Value);
        if (Shells.Contains(language))
            return new DocumentationBlock(BlockKind.Commands, language, line, lines, "");
        return language.Length == 0
            ? new DocumentationBlock(BlockKind.Output, language, line, lines, "")
            : new DocumentationBlock(BlockKind.File, language, line, lines, FileName().Match(lines[0]).Groups["path"].Value);
    }

    /// <summary>Letters and digits in lower case, hyphens for spaces, nothing for other characters.</summary>
    private static string Anchor(string heading) =>
        string.Concat(heading.ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-');

    /// <summary>For the names of test cases.</summary>
    public override string ToString() => Path;

    [GeneratedRegex("^<!-- untested: (?<reason>.+) -->$")]
    private static partial Regex Untested();

    [GeneratedRegex(@"^(#|//) (?<path>\S+\.\w+)$")]
    private static partial Regex FileName();

    [GeneratedRegex(@"^```.*?^```\s*$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fenced();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();
}
