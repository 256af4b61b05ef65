using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Data;

namespace EvalHarness.Tests.TinyModel;

/// <summary>The rows of the quick tasks are what their generators write, and training never reads one.</summary>
public sealed class QuickTasksTests : IDisposable
{
    private static readonly string Generators = Path.Combine(Shared.Repository, "src", "TinyModel");

    private readonly TemporaryFolder _folder = new();

    private static string Python(params string[] arguments)
    {
        (int exitCode, string output, string error) = ExternalProgram.Run(PythonFactAttribute.Python, ["-B", .. arguments]);
        Assert.True(exitCode == 0, error);
        return output;
    }

    [PythonFact]
    public async Task Rows_WrittenAgain_AreTheShards()
    {
        Python(Path.Combine(Generators, "rows.py"), "--out", _folder.Path);
        string[] files = Directory.GetFiles(_folder.Path, "*.jsonl", SearchOption.AllDirectories);
        Assert.Equal(5, files.Length);
        var source = new FileDatasetSource(Path.Combine(Shared.Repository, "datasets"));
        foreach (string file in files)
        {
            string[] parts = Path.ChangeExtension(Path.GetRelativePath(_folder.Path, file), null).Split(Path.DirectorySeparatorChar);
            DatasetSplit split = await source.OpenAsync(
                new DatasetName($"evalharness/{parts[0]}", parts[1], parts[2]), CancellationToken.None);
            List<Document> shards = await split.ReadAsync(CancellationToken.None).ToListAsync();
            JsonNode[] expected = [.. File.ReadLines(file).Select(line => JsonNode.Parse(line)!)];
            Assert.Equal(expected.Length, shards.Count);
            foreach ((JsonNode row, Document document) in expected.Zip(shards))
                Assert.True(
                    JsonNode.DeepEquals(row, Document.ToNode(document.Values)),
                    $"{file}: {row.ToJsonString()} is not {Document.ToNode(document.Values)!.ToJsonString()}");
        }
    }

    [PythonFact]
    public void TrainingText_HasNoTestRow()
    {
        Python(Path.Combine(Generators, "rows.py"), "--out", _folder.Path);
        string looked = Python(Path.Combine(AppContext.BaseDirectory, "TinyModel", "find_rows.py"), Generators, _folder.Path);
        // Enough was looked at for a leak to show: each kind has been read many thousand times.
        Assert.All(
            JsonSerializer.Deserialize<Dictionary<string, int>>(looked)!,
            seen => Assert.True(seen.Value > 2_000, $"{seen.Key}: {seen.Value}"));
    }

    public void Dispose() => _folder.Dispose();
}
