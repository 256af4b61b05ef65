using System.Text.RegularExpressions;

namespace EvalHarness.Tests.Architecture;

/// <summary>The rooms of an assembly stand in the order in which data passes them, and no room uses one that stands after it.</summary>
public sealed partial class RoomTests
{
    /// <summary>
    /// The folders of each project in their order. A folder inside another one stands before it: the outer folder may use the inner one,
    /// and the inner folder may not use the outer one.
    /// </summary>
    private static readonly Dictionary<string, string[]> Folders = new()
    {
        ["EvalHarness"] =
        [
            "", "Files", "Pythonic", "Sandbox", "Data/Hub", "Data/Shards", "Data/Tables", "Data", "Templates", "Tokenizers",
            "Tasks/Functions/Latex", "Tasks/Functions/Nltk", "Tasks/Functions/Languages", "Tasks/Functions/Overlap", "Tasks/Functions",
            "Tasks/Code", "Tasks", "Prompts", "Planning", "Engines", "Tokens", "Scoring/Statistics", "Scoring/Metrics",
            "Scoring/Judging", "Scoring",
            "Results", "LmEval", "Running", "Merging", "Analysis/Comparing", "Analysis/History", "Analysis/Published/Ladder",
            "Analysis/Published", "Analysis/Receipts", "Analysis/Arena", "Exports", "Nightly/Gating", "Nightly/Culprits", "Nightly",
            "Reports", "Html",
        ],
        ["EvalHarness.OpenAI"] = ["Transport", "Api", "Engine"],
        ["EvalHarness.LlamaCpp"] = ["Gguf", "Runtime", "Engine"],
        ["EvalHarness.OnnxRuntimeGenAI"] = ["Inspection", "Runtime", "Prefixes", "Engine", "Bench", "Divergence", "Parity"],
    };

    public static TheoryData<string> Projects => [.. Folders.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Rooms_UseWhatStandsBeforeThem(string project)
    {
        string[] order = Order(project);
        AssemblyRooms rooms = Rooms(project);
        Assert.NotEmpty(rooms.Uses);
        string reversed = string.Join('\n', rooms.Uses
            .Where(u => Array.IndexOf(order, u.To) > Array.IndexOf(order, u.From))
            .Select(u => $"{u.From}: {u.Type} uses {u.Used} of {u.To}")
            .Distinct());
        Assert.True(reversed.Length == 0, reversed);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespaces_AreTheRooms(string project) =>
        Assert.Equal(Order(project).Order(StringComparer.Ordinal), Rooms(project).Names);

    /// <summary>This holds for all projects. Files without a namespace are programs of one file.</summary>
    [Fact]
    public void Namespaces_AreTheFolders()
    {
        IEnumerable<string> files = from folder in (string[])["src", "tests"]
                                    let root = Path.Combine(Shared.Repository, folder)
                                    from file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
                                    select file;
        Assert.Empty(from file in files
                     let name = Namespace().Match(File.ReadAllText(file)).Groups["name"].Value
                     where name.Length > 0
                     let place = Path.GetRelativePath(Shared.Repository, Path.GetDirectoryName(file)!).Split('/', '\\')[1..]
                     where name != string.Join('.', place)
                     select $"{file}: {name}");
    }

    /// <summary>The namespaces of a project in the order of its folders.</summary>
    private static string[] Order(string project) =>
        [.. Folders[project].Select(folder => $"{project}.{folder.Replace('/', '.')}".TrimEnd('.'))];

    private static AssemblyRooms Rooms(string project) => AssemblyRooms.Read(
        Path.Combine(AppContext.BaseDirectory, project == "EvalHarness" ? "EvalHarness.Core.dll" : $"{project}.dll"));

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
