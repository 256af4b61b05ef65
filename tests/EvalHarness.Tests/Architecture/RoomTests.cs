using System.Text.RegularExpressions;
using Mono.Cecil;

namespace EvalHarness.Tests.Architecture;

/// <summary>Rooms stand in the order in which data passes them, and none uses one that stands after it.</summary>
public sealed partial class RoomTests
{
    /// <summary>Folders of src/EvalHarness, which are namespaces. A room's children stand before it: it may use them, and they not it.</summary>
    private static readonly string[] Rooms =
    [
        "", "Files", "Pythonic", "Sandbox", "Data/Hub", "Data", "Templates",
        "Tasks/Functions/Latex", "Tasks/Functions/Nltk", "Tasks/Functions/Languages", "Tasks/Functions", "Tasks", "Prompts", "Planning", "Engines",
        "Scoring/Statistics", "Scoring/Metrics", "Scoring", "Results", "LmEval", "Running", "Analysis/Comparing", "Analysis/History", "Analysis/Published",
        "Nightly/Gating", "Nightly", "Reports", "Html",
    ];

    private static readonly ModuleDefinition Core = ModuleDefinition.ReadModule(typeof(EvalException).Assembly.Location);

    /// <summary>Who uses what of which room, once per pair of types.</summary>
    private static readonly (string From, string To, string Type, string Used)[] Arrows =
    [
        .. from type in Core.Types
           where type.Namespace.StartsWith("EvalHarness", StringComparison.Ordinal)
           from used in TypeUses.Of(type).Select(Outermost).Distinct()
           where used.Scope == Core && used.Namespace.StartsWith("EvalHarness", StringComparison.Ordinal) && used.Namespace != type.Namespace
           select (Room(type), Room(used), type.Name, used.Name),
    ];

    [Fact]
    public void Rooms_UseWhatStandsBeforeThem()
    {
        Assert.NotEmpty(Arrows);
        string turned = string.Join('\n', Arrows.Where(a => Array.IndexOf(Rooms, a.To) > Array.IndexOf(Rooms, a.From)).Select(a => $"{a.From}: {a.Type} uses {a.Used} of {a.To}").Distinct());
        Assert.True(turned.Length == 0, turned);
    }

    [Fact]
    public void Namespaces_AreTheRooms() =>
        Assert.Equal(Rooms.Order(StringComparer.Ordinal), Core.Types.Where(t => t.Namespace.StartsWith("EvalHarness", StringComparison.Ordinal)).Select(Room).Distinct().Order(StringComparer.Ordinal));

    /// <summary>In all projects; programs of one file have no namespace.</summary>
    [Fact]
    public void Namespaces_AreTheFolders()
    {
        IEnumerable<string> files = from folder in (string[])["src", "tests"]
                                    from file in Directory.EnumerateFiles(Path.Combine(Shared.Repository, folder), "*.cs", SearchOption.AllDirectories)
                                    select file;
        Assert.Empty(from file in files
                     let name = Namespace().Match(File.ReadAllText(file)).Groups["name"].Value
                     where name.Length > 0
                     let place = Path.GetRelativePath(Shared.Repository, Path.GetDirectoryName(file)!).Split('/', '\\')[1..]
                     where name != string.Join('.', place)
                     select $"{file}: {name}");
    }

    private static string Room(TypeReference type) => type.Namespace["EvalHarness".Length..].TrimStart('.').Replace('.', '/');

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
