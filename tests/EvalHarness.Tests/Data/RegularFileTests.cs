using System.Diagnostics;
using EvalHarness.Data;
using EvalHarness.Data.Tables;

namespace EvalHarness.Tests.Data;

/// <summary>What looks like a file or a folder of a dataset, and would be read without an end.</summary>
public sealed class RegularFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Refusal(string name)
    {
        EvalException e = Assert.Throws<EvalException>(() =>
            Table.Open(DataFormat.Json, _folder[name], _folder[name], new Dictionary<string, object?>()));
        Assert.Equal(ExitCode.Data, e.ExitCode);
        Assert.StartsWith($"{_folder[name]}: cannot be read: ", e.Message, StringComparison.Ordinal);
        return e.Message;
    }

    [Fact]
    public void Open_PipeDeviceOrFolder_IsRefused()
    {
        using (var made = Process.Start("mkfifo", [_folder["pipe.jsonl"]]))
            made.WaitForExit();
        File.CreateSymbolicLink(_folder["zero.jsonl"], "/dev/zero");
        File.CreateSymbolicLink(_folder["link.jsonl"], _folder["pipe.jsonl"]);
        Directory.CreateDirectory(_folder["folder.jsonl"]);
        foreach (string name in (string[])["pipe.jsonl", "zero.jsonl", "link.jsonl"])
            Assert.Contains("is a pipe or a device", Refusal(name), StringComparison.Ordinal);
        Assert.Contains("is a folder", Refusal("folder.jsonl"), StringComparison.Ordinal);
        _folder.Write("data/org/made/README.md", "# made\n");
        File.Delete(_folder["data/org/made/README.md"]);
        File.CreateSymbolicLink(_folder["data/org/made/README.md"], _folder["pipe.jsonl"]);
        EvalException e = Assert.Throws<EvalException>(
            () => DatasetFolder.Find([_folder["data"]], new DatasetName("org/made", null, "test")));
        Assert.Contains("README.md: cannot be read: it is a pipe", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_LinkToAFile_IsRead()
    {
        _folder.Write("a.jsonl", "{}");
        File.CreateSymbolicLink(_folder["b.jsonl"], _folder["a.jsonl"]);
        using FileStream stream = RegularFile.Open(_folder["b.jsonl"]);
        Assert.Equal(2, stream.Length);
    }

    [Fact]
    public void FilesIn_LinksInACircle_AreListedOnce()
    {
        _folder.Write("set/en/test.csv", "a\n");
        _folder.Write("set/.hidden", "");
        _folder.Write("shared/test.csv", "a\n");
        foreach (string name in (string[])["one", "two", "en/three"])
            Directory.CreateSymbolicLink(_folder[$"set/{name}"], _folder["set"]);
        Directory.CreateSymbolicLink(_folder["set/de"], _folder["shared"]);
        Directory.CreateSymbolicLink(_folder["set/fr"], "../shared");
        Directory.CreateSymbolicLink(_folder["shared/back"], _folder["set"]);
        Assert.Equal([".hidden", "de/test.csv", "en/test.csv", "fr/test.csv"], FolderFiles.In(_folder["set"]));
        Directory.CreateSymbolicLink(_folder["whole"], _folder["set"]);
        Assert.Equal([".hidden", "de/test.csv", "en/test.csv", "fr/test.csv"], FolderFiles.In(_folder["whole"]));
    }

    [Fact]
    public void FilesIn_LinkedFoldersWithLinks_DoNotMultiply()
    {
        for (int i = 0; i < 30; i++)
        {
            _folder.Write($"{i}/test.csv", "a\n");
            foreach (string name in (string[])["a", "b"])
                Directory.CreateSymbolicLink(_folder[$"{i}/{name}"], $"../{i + 1}");
        }

        _folder.Write("30/test.csv", "a\n");
        Assert.InRange(FolderFiles.In(_folder["0"]).Count, 31, 100);
    }

    public void Dispose() => _folder.Dispose();
}
