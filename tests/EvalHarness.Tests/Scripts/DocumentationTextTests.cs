using System.Globalization;

namespace EvalHarness.Tests.Scripts;

/// <summary>
/// The README and the documentation as text: length, links, and that no block of commands escapes <see cref="DocumentationTests"/>.
/// </summary>
public sealed class DocumentationTextTests
{
    private const int LongestLine = 140;
    private const int LongestPage = 150;

    private static IEnumerable<DocumentationPage> Written =>
        DocumentationPage.All.Where(p => p.Path == "README.md" || p.Path.StartsWith("docs/", StringComparison.Ordinal));

    [Fact]
    public void Readme_IsShort()
    {
        string text = DocumentationPage.Read("README.md").Text;
        Assert.InRange(text.Count(c => c == '\n'), 1, 120);
        Assert.InRange(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length, 1, 900);
    }

    /// <summary>Blocks that no test can run, each with its reason: nobody adds one without changing this list.</summary>
    [Fact]
    public void UntestedBlocks_AreTheseAlone() => Assert.Equal(
        [
            ("docs/clusters.md", "needs a Slurm cluster"),
            ("docs/devices.md", "needs an NVIDIA GPU with CUDA 13 and cuDNN"),
            ("docs/devices.md", "needs Windows and a GPU"),
            ("docs/devices.md", "needs two NVIDIA GPUs with CUDA 13 and cuDNN"),
            ("docs/lm-evaluation-harness.md", "needs a clone of lm-evaluation-harness and its datasets"),
            ("docs/nightly/README.md", "needs systemd"),
            ("docs/nightly/README.md", "needs Windows"),
            ("docs/parity.md", "needs an NVIDIA GPU with CUDA 13 and cuDNN"),
            ("src/TinyModel/README.md", "needs PyTorch and three quarters of an hour"),
        ],
        DocumentationPage.All.SelectMany(p => p.Blocks.Where(b => b.Kind == BlockKind.Untested).Select(b => (p.Path, b.Detail))));

    /// <summary>A block is commands, the output of the commands before it, a file with a name, or marked as untested.</summary>
    [Fact]
    public void Blocks_AreTested()
    {
        var problems = new List<string>();
        foreach (DocumentationPage page in DocumentationPage.All)
        {
            bool commands = false;
            foreach (DocumentationBlock block in page.Blocks)
            {
                commands |= block.Kind == BlockKind.Commands;
                if (block.Kind == BlockKind.File && block.Detail.Length == 0)
                    problems.Add($"{page}:{block.Line}: the first line of a {block.Language} block is a comment with the file's path");
                if (block.Kind == BlockKind.Output && !commands)
                    problems.Add($"{page}:{block.Line}: output of no command");
                if (block.Kind == BlockKind.Output && block.Lines.Any(l => l.StartsWith("./run-eval", StringComparison.Ordinal)))
                    problems.Add($"{page}:{block.Line}: a command in a block without a language; expected ```sh");
            }
        }

        Assert.Empty(problems);
    }

    private static DocumentationPage PageAt(string file) =>
        DocumentationPage.Read(Path.GetRelativePath(Shared.Repository, file).Replace('\\', '/'));

    [Fact]
    public void Links_LeadToFilesAndHeadings()
    {
        var problems = new List<string>();
        foreach (DocumentationPage page in DocumentationPage.All)
        {
            foreach (string link in page.Links.Where(l => !l.Contains("://", StringComparison.Ordinal)))
            {
                string[] parts = link.Split('#', 2);
                string target = parts[0].Length == 0
                    ? page.FullPath
                    : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page.FullPath)!, parts[0]));
                if (!Path.Exists(target))
                    problems.Add($"{page}: {link} leads to no file");
                else if (parts.Length == 2 && !PageAt(target).Anchors.Contains(parts[1]))
                    problems.Add($"{page}: {link} leads to no heading");
            }
        }

        Assert.Empty(problems);
    }

    [Fact]
    public void Pages_AreShortAndInTheIndex()
    {
        string[] index = [.. DocumentationPage.Read("docs/README.md").Links];
        foreach (DocumentationPage page in Written.Where(p => p.Path.StartsWith("docs/", StringComparison.Ordinal)))
        {
            Assert.InRange(page.Text.Count(c => c == '\n'), 1, LongestPage);
            Assert.True(page.Path == "docs/README.md" || index.Contains(page.Path["docs/".Length..]), $"{page} is not in docs/README.md");
        }
    }

    [Fact]
    public void Lines_OfProse_AreShort() => Assert.Empty(Written.SelectMany(page => page.Prose.Split('\n')
        .Where(l => l.Length > LongestLine && !l.StartsWith('|') && !l.Contains("://", StringComparison.Ordinal))
        .Select(l => $"{page}: {l}")));

    [Fact]
    public void ExitCodes_AreAllInTheTable()
    {
        string text = DocumentationPage.Read("docs/command-line.md").Text;
        foreach (ExitCode code in Enum.GetValues<ExitCode>())
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"\n| {(int)code} | "), text, StringComparison.Ordinal);
    }
}
