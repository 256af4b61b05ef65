using Parquet;
using Parquet.Serialization;

namespace EvalHarness.Tests.Results;

/// <summary>The comparison that other tests trust sees what Parquet.Net's own readers of records do not.</summary>
public sealed class RunComparisonTests
{
    private sealed record Row
    {
        public required List<double?> Numbers { get; init; }
    }

    private static async Task<string> ColumnsAsync(params double?[] numbers)
    {
        using var stream = new MemoryStream();
        await ParquetSerializer.SerializeAsync([new Row { Numbers = [.. numbers] }], stream);
        stream.Position = 0;
        return await RunText.RowsAsync(stream);
    }

    [Fact]
    public async Task Rows_NullInAList_IsADifference()
    {
        string expected = await ColumnsAsync(1, null, 2);
        Assert.Equal(expected, await ColumnsAsync(1, null, 2));
        Assert.NotEqual(expected, await ColumnsAsync(1, 2));
        Assert.NotEqual(expected, await ColumnsAsync(null, 1, 2));
        Assert.NotEqual(expected, await ColumnsAsync(1, null, 3));
    }

    private static async Task<string> GroupsAsync(int rowsPerGroup, params double?[] numbers)
    {
        using var stream = new MemoryStream();
        await ParquetSerializer.SerializeAsync(
            numbers.Select(n => new Row { Numbers = [n] }), stream, new ParquetOptions { RowGroupSize = rowsPerGroup });
        stream.Position = 0;
        return await RunText.RowsAsync(stream);
    }

    [Fact]
    public async Task Rows_InOtherRowGroups_AreTheSame()
    {
        string expected = await GroupsAsync(10, 1, 2, null, 4);
        Assert.Equal(expected, await GroupsAsync(3, 1, 2, null, 4));
        Assert.NotEqual(expected, await GroupsAsync(3, 1, null, 2, 4));
        Assert.NotEqual(expected, await GroupsAsync(3, 1, 2, null));
    }
}
