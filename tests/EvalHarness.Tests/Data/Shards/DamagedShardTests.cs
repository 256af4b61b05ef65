using System.Buffers.Binary;
using System.Text;
using EvalHarness.Data;

namespace EvalHarness.Tests.Data.Shards;

/// <summary>Shards that a test writes and damages: each gives its right rows, or an error that names the file.</summary>
public sealed class DamagedShardTests : IDisposable
{
    private static readonly DatasetName Name = new("org/tiny", "main", "test");

    private readonly TemporaryFolder _folder = new();

    private string ShardFile => Path.Combine(_folder.Path, "org", "tiny", "main", "test-00000-of-00001.parquet");

    private byte[] Write(int rows = 6, int? rowGroupSize = null)
    {
        IEnumerable<TinyData.Row> made = Enumerable.Range(0, rows).Select(TinyData.MakeRow);
        TinyData.WriteShard(_folder.Path, Path.GetFileName(ShardFile), made, rowGroupSize);
        return File.ReadAllBytes(ShardFile);
    }

    private async Task<string> ReadAsync()
    {
        DatasetSplit split = await new FileDatasetSource(_folder.Path).OpenAsync(Name, CancellationToken.None);
        List<Document> documents = await split.ReadAsync(CancellationToken.None).ToListAsync();
        return string.Join('\n', documents.Select(d => d.ToJson()));
    }

    private static int FooterStart(byte[] shard) =>
        shard.Length - 8 - BinaryPrimitives.ReadInt32LittleEndian(shard.AsSpan(shard.Length - 8));

    /// <summary>Every byte of the footer, changed in some bits and set to the ends of its range, one at a time.</summary>
    [Fact]
    public async Task Footer_AnyByteChanged_GivesTheRightRowsOrAnError()
    {
        byte[] whole = Write(rows: 20, rowGroupSize: 8);
        string right = await ReadAsync();
        int refused = 0;
        var wrong = new List<string>();
        for (int at = FooterStart(whole); at < whole.Length - 8; at++)
        {
            foreach (byte changed in (byte[])[0, 0xff, (byte)(whole[at] ^ 1), (byte)(whole[at] ^ 2), (byte)(whole[at] ^ 0x10)])
            {
                byte[] damaged = [.. whole];
                damaged[at] = changed;
                await File.WriteAllBytesAsync(ShardFile, damaged);
                try
                {
                    // Names of columns, and what kind of text a column is, are not written twice.
                    string read = await ReadAsync().WaitAsync(TimeSpan.FromSeconds(20));
                    if (read != right && Values(read) != Values(right))
                        wrong.Add($"byte {at - FooterStart(whole)}: {whole[at]:x2} to {changed:x2}: {read[..Math.Min(90, read.Length)]}");
                }
                catch (EvalException e)
                {
                    Assert.Equal(ExitCode.Data, e.ExitCode);
                    Assert.StartsWith(ShardFile, e.Message, StringComparison.Ordinal);
                    refused++;
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(refused > 1000, $"only {refused} changes were found");
    }

    /// <summary>The rows without the names of their columns.</summary>
    private static string Values(string rows) => System.Text.RegularExpressions.Regex.Replace(rows, "\"[^\"]*\":", ":");

    [Theory]
    [InlineData("num_rows of the file", 3, "the footer counts 7 rows, and its 1 row groups together 6")]
    [InlineData("num_rows of the row group", 4, "has 6 values in a row group of 7 rows")]
    public async Task Footer_RowsDisagree_IsAnError(string what, int field, string fragment)
    {
        byte[] shard = Write();
        // Field 3 of FileMetaData and of RowGroup is a long: 0x16 and the number, doubled; the file's stands before its row groups.
        byte[] number = [0x16, 12];
        int first = FooterStart(shard) + shard.AsSpan(FooterStart(shard)).IndexOf(number);
        int last = FooterStart(shard) + shard.AsSpan(FooterStart(shard)).LastIndexOf(number);
        Assert.NotEqual(first, last);
        string? found = null;
        for (int at = first; at <= last && found is null; at++)
        {
            if (shard[at] != number[0] || shard[at + 1] != number[1])
                continue;
            byte[] damaged = [.. shard];
            damaged[at + 1] = 14;
            await File.WriteAllBytesAsync(ShardFile, damaged);
            EvalException e = await Assert.ThrowsAsync<EvalException>(ReadAsync);
            if (e.Message.Contains(fragment, StringComparison.Ordinal))
                found = e.Message;
        }

        Assert.True(found is not null, $"{what} (field {field}) was not found wrong");
    }

    [Fact]
    public async Task Footer_DeepStructs_AreAnErrorAndNotADeadProcess()
    {
        byte[] body = "PAR1"u8.ToArray();
        byte[] footer = [.. Enumerable.Repeat((byte)0x1c, 100_000)];
        byte[] length = BitConverter.GetBytes(footer.Length);
        Write();
        await File.WriteAllBytesAsync(ShardFile, [.. body, .. footer, .. length, .. "PAR1"u8]);
        EvalException e = await Assert.ThrowsAsync<EvalException>(ReadAsync);
        Assert.Contains("nests values more than", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Footer_LongerThanTheFile_IsAnError()
    {
        Write();
        await File.WriteAllBytesAsync(ShardFile, [.. "PAR1"u8, .. BitConverter.GetBytes(int.MaxValue), .. "PAR1"u8]);
        EvalException e = await Assert.ThrowsAsync<EvalException>(ReadAsync);
        Assert.Contains("the footer is said to have 2147483647 bytes", e.Message, StringComparison.Ordinal);
    }

    /// <summary>A change inside a text keeps the file well-formed; the rows are read, and the hash is another.</summary>
    [Fact]
    public async Task Body_ChangedText_IsReadWithAnotherHash()
    {
        byte[] shard = Write();
        int at = shard.AsSpan().IndexOf(Encoding.UTF8.GetBytes("What is 3"));
        if (at < 0)
            return;
        shard[at] = (byte)'w';
        await File.WriteAllBytesAsync(ShardFile, shard);
        Assert.Contains("what is 3", await ReadAsync(), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
