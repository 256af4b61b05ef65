namespace EvalHarness.Tests.Architecture;

/// <summary>Lines of C# fit on a screen beside another file.</summary>
public sealed class LineLengthTests
{
    private const int Limit = 140;

    /// <summary>Folders that hold what a tool has written.</summary>
    private static readonly string[] Written = ["Generated", "obj", "bin", "artifacts", "node_modules"];

    [Fact]
    public void Lines_OfSourcesAndTests_FitTheLimit()
    {
        string[] files =
        [
            .. from folder in (string[])["src", "tests"]
               from file in Directory.EnumerateFiles(Path.Combine(Shared.Repository, folder), "*.cs", SearchOption.AllDirectories)
               let path = Path.GetRelativePath(Shared.Repository, file)
               where !path.Split(Path.DirectorySeparatorChar).Intersect(Written).Any()
               orderby path
               select path,
        ];
        Assert.Contains(files, f => f.EndsWith($"{nameof(LineLengthTests)}.cs", StringComparison.Ordinal));
        string[] tooLong =
        [
            .. from path in files
               from line in File.ReadLines(Path.Combine(Shared.Repository, path)).Select((text, i) => (Number: i + 1, text.Length))
               where line.Length > Limit
               select $"{path}:{line.Number}: {line.Length} characters",
        ];
        Assert.True(
            tooLong.Length == 0, $"{tooLong.Length} lines have more than {Limit} characters:\n{string.Join('\n', tooLong)}");
    }
}
