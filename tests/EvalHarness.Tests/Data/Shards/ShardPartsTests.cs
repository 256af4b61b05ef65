using System.IO.Compression;
using EvalHarness.Data.Shards;

namespace EvalHarness.Tests.Data.Shards;

/// <summary>The parts of which the check of a shard is made, on bytes written by hand.</summary>
public sealed class ShardPartsTests
{
    /// <remarks>Source: the check value of CRC-32 in the catalogue of parametrised CRC algorithms.</remarks>
    [Fact]
    public void Crc_OfDigits_IsTheCataloguesValue() => Assert.Equal(0xcbf43926, Crc32.Of("123456789"u8));

    private static uint[] Read(byte[] bytes, int count)
    {
        uint[] numbers = new uint[count];
        HybridRuns.Read(bytes, 3, numbers, "numbers");
        return numbers;
    }

    /// <remarks>Source: Apache Parquet, Encodings.md: the numbers 0 to 7 in three bits.</remarks>
    [Fact]
    public void Runs_PackedExampleOfTheSpecification_IsRead() =>
        Assert.Equal([0u, 1, 2, 3, 4, 5, 6, 7], Read([0x03, 0x88, 0xc6, 0xfa], 8));

    [Fact]
    public void Runs_RepeatedNumber_IsRead() => Assert.Equal([5u, 5, 5], Read([0x06, 0x05], 3));

    [Theory]
    [InlineData(new byte[] { 0x06, 0x05 }, 2, "numbers are 3, expected 2")]
    [InlineData(new byte[] { 0x06, 0x05 }, 4, "numbers end in the middle of a run")]
    [InlineData(new byte[] { 0x06, 0x05, 0x00 }, 3, "numbers are followed by 1 bytes")]
    [InlineData(new byte[] { 0x03, 0x88 }, 8, "numbers end after 0 of 8")]
    public void Runs_OtherCount_IsAnError(byte[] bytes, int count, string message) => Assert.StartsWith(
        message, Assert.Throws<InvalidDataException>(() => Read(bytes, count)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(new byte[] { 0x15, 0x80, 0x80, 0x80, 0x80, 0x20, 0x00 }, "has the number 4294967296")]
    [InlineData(new byte[] { 0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 0x07 }, "claims 2147483647 elements or bytes where 0 bytes are left")]
    [InlineData(new byte[] { 0x18, 0x05, 0x41 }, "claims 5 elements or bytes where 1 bytes are left")]
    [InlineData(new byte[] { 0x15, 0x02 }, "ends in the middle of a value")]
    [InlineData(new byte[] { 0x1e }, "has a value of the unknown type 14")]
    public void Struct_Damaged_IsAnError(byte[] bytes, string message) => Assert.Contains(
        message, Assert.Throws<InvalidDataException>(() => new ThriftReader(bytes, "it").Read()).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(8)]
    [InlineData(10)]
    public void Page_OfAnotherSizeThanItSays_IsAnError(int size)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write("123456789"u8);
        using var buffer = new PageBuffer();
        Assert.Equal("123456789"u8.ToArray(), PageCodec.Decompress(2, compressed.ToArray(), 9, buffer)!.Value.ToArray());
        Assert.Throws<InvalidDataException>(() => PageCodec.Decompress(2, compressed.ToArray(), size, buffer));
    }
}
