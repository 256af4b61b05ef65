namespace EvalHarness.Tests.Scripts;

/// <summary>
/// Every command of the README and of the documentation, typed as it stands and in the page's order, in a folder that has what the page
/// says one needs. What a page shows as output is what its commands print, digits aside. Every second page is in a class of its own, so
/// that two pages are typed at a time.
/// </summary>
public abstract class DocumentationPageTests
{
    private const string Quickstart = "./run-eval.sh quickstart";

    /// <summary>Beginnings of commands that are tested elsewhere, and where.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["./run-eval.sh test"] = "the suite itself",
        ["dotnet pack "] = nameof(ToolTests),
        ["dotnet package download "] = nameof(ToolTests),
        ["dotnet tool install "] = nameof(ToolTests),
        ["artifacts/tool/evalharness "] = nameof(ToolTests),
        ["dotnet build tests/SamplePlugin "] = "the build of the solution",
        ["dotnet build tests/SampleEngine "] = "the build of the solution",
    };

    /// <summary>
    /// What quickstart printed. It takes half a minute, so it runs once for all pages, in whichever shell comes first; QuickstartTests runs
    /// it in both.
    /// </summary>
    private static (int ExitCode, string Output, string Error)? _quickstart;

    private static readonly Lock Quickstarting = new();

    /// <param name="half">0 for the first page and every second one after it, 1 for the others.</param>
    protected static TheoryData<string> PagesOf(int half) =>
        [.. DocumentationPage.All.Where(p => p.Commands.Any()).Select(p => p.Path).Where((_, i) => i % 2 == half)];

    /// <summary>The toy model reproduces nobody's score, and the exit code says so.</summary>
    private static ExitCode Expected(string command) =>
        command.Contains(" reproduce --model ", StringComparison.Ordinal) ? ExitCode.NotReproduced : ExitCode.Success;

    private protected static async Task AssertAsync(string path, Shell shell)
    {
        await using var folder = new DocumentationFolder(shell);
        var problems = new List<string>();
        string printed = "";
        foreach (DocumentationBlock block in DocumentationPage.Read(path).Blocks)
        {
            if (block.Kind == BlockKind.File)
                folder.Write(block.Detail, string.Join('\n', block.Lines) + "\n");
            if (block.Kind == BlockKind.Commands)
                printed = string.Concat(block.Lines.Select(command => Type(folder, command, problems)));
            if (block.Kind == BlockKind.Output && ShownOutput.FirstMissing(block.Lines, printed) is { } missing)
                problems.Add($"line {block.Line}: the commands before this block do not print\n{missing}\nbut\n{printed}");
        }

        Assert.True(problems.Count == 0, $"{path} in {shell}:\n{string.Join("\n\n", problems)}");
    }

    /// <returns>What the command printed.</returns>
    private static string Type(DocumentationFolder folder, string command, List<string> problems)
    {
        if (command.Length == 0 || Elsewhere.Keys.Any(start => command.StartsWith(start, StringComparison.Ordinal)))
            return "";
        (int exitCode, string output, string error) = command == Quickstart ? TypeQuickstart(folder) : folder.Type(command);
        if (exitCode != (int)Expected(command))
            problems.Add($"{command}\nexit code {exitCode}, expected {(int)Expected(command)}: {error}");
        return $"{output}{error}";
    }

    private static (int ExitCode, string Output, string Error) TypeQuickstart(DocumentationFolder folder)
    {
        lock (Quickstarting)
            return _quickstart ??= folder.Type(Quickstart);
    }
}

[Trait("Speed", "slow")]
public sealed class DocumentationTests : DocumentationPageTests, IClassFixture<BuiltProgram>
{
    public static TheoryData<string> Pages => PagesOf(half: 0);

    [SharedTheory]
    [MemberData(nameof(Pages))]
    public Task Bash_AllCommandsOfAPage_Succeed(string page) => AssertAsync(page, Shell.Bash);

    [PowerShellFact(shared: true)]
    public Task PowerShell_AllCommandsOfTheReadme_Succeed() => AssertAsync("README.md", Shell.PowerShell);
}

[Trait("Speed", "slow")]
public sealed class DocumentationSecondHalfTests : DocumentationPageTests, IClassFixture<BuiltProgram>
{
    public static TheoryData<string> Pages => PagesOf(half: 1);

    [SharedTheory]
    [MemberData(nameof(Pages))]
    public Task Bash_AllCommandsOfAPage_Succeed(string page) => AssertAsync(page, Shell.Bash);

    [PowerShellFact(shared: true)]
    public Task PowerShell_AllCommandsOfADocumentationPage_Succeed() => AssertAsync("docs/tasks.md", Shell.PowerShell);
}
