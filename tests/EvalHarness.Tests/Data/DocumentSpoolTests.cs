using EvalHarness.Data;
using EvalHarness.Files;

namespace EvalHarness.Tests.Data;

/// <summary>Records in a temporary file: what is appended is found at its offset, and nothing is left behind.</summary>
public sealed class DocumentSpoolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Records around the sizes of the buffer and of the windows, an empty one, and many small ones.</summary>
    private static string[] Records() =>
    [
        "", "a", .. Enumerable.Range(0, 3000).Select(i => $"{i} {new string('x', i)}"), new string('y', DocumentSpool.BufferBytes),
        "b", new string('z', 20 * DocumentSpool.BufferBytes), "c", "", "d",
    ];

    private static long[] Fill(DocumentSpool spool, IEnumerable<string> records) =>
        [.. records.Select(record => spool.Append(writer => ValueCodec.WriteText(writer, record)))];

    private static string Read(DocumentSpool spool, long offset) => spool.Read(offset, ValueCodec.ReadText);

    [Fact]
    public void Records_ReadInAnyOrder_AreTheSame()
    {
        string[] records = Records();
        using var spool = new DocumentSpool();
        long[] offsets = Fill(spool, records);
        Assert.Equal(records, offsets.Select(offset => Read(spool, offset)));
        int[] anyOrder = [.. Enumerable.Range(0, records.Length)];
        new Random(1).Shuffle(anyOrder);
        Assert.All(anyOrder, i => Assert.Equal(records[i], Read(spool, offsets[i])));
        // Appending goes on after reading, and what was read before can be read again.
        long more = spool.Append(writer => ValueCodec.WriteText(writer, "more"));
        Assert.Equal(("more", "a"), (Read(spool, more), Read(spool, offsets[1])));
        Assert.Equal(spool.Length, more + 4 + 1 + 4);
    }

    [Fact]
    public void Few_Records_NeedNoFile()
    {
        using var spool = new DocumentSpool(() => throw new InvalidOperationException("a file was made"));
        long[] offsets = Fill(spool, ["a", "b"]);
        Assert.Equal(["b", "a"], offsets.Reverse().Select(offset => Read(spool, offset)));
        Assert.Throws<InvalidOperationException>(() => Fill(spool, [new string('x', DocumentSpool.BufferBytes)]));
    }

    [Fact]
    public void Append_ThatFails_LeavesTheOthers()
    {
        using var spool = new DocumentSpool();
        long[] before = Fill(spool, ["a"]);
        Assert.Throws<ArgumentException>(() => spool.Append(writer => ValueCodec.Write(writer, new List<object?> { "b", new object() })));
        long[] after = Fill(spool, ["c"]);
        Assert.Equal(("a", "c"), (Read(spool, before[0]), Read(spool, after[0])));
    }

    [Fact]
    public void File_HasNoName()
    {
        string folder = Directory.CreateDirectory(_folder["spool"]).FullName;
        using (var spool = new DocumentSpool(() => ScratchFile.Create(folder)))
        {
            long[] offsets = Fill(spool, [new string('x', DocumentSpool.BufferBytes), "b"]);
            if (!OperatingSystem.IsWindows())
                Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
            Assert.Equal(DocumentSpool.BufferBytes, Read(spool, offsets[0]).Length);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [SkippableFact]
    public void Disk_Full_IsOneLineThatNamesFolderAndVariable()
    {
        const string Full = "/dev/full";
        Skip.IfNot(File.Exists(Full), "only Linux has a device that is always full");
        using var spool = new DocumentSpool(
            () => new ScratchFile(new FileStream(Full, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0), "/full"));
        EvalException e = Assert.Throws<EvalException>(() => Fill(spool, [new string('x', DocumentSpool.BufferBytes)]));
        Assert.Equal(ExitCode.Output, e.ExitCode);
        Assert.StartsWith("/full: a temporary file cannot be written there", e.Message, StringComparison.Ordinal);
        Assert.Contains("TMPDIR", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Folder_Missing_IsOneLine()
    {
        EvalException e = Assert.Throws<EvalException>(() => ScratchFile.Create(_folder["missing"]));
        Assert.Equal(ExitCode.Output, e.ExitCode);
        Assert.StartsWith($"{_folder["missing"]}: ", e.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
