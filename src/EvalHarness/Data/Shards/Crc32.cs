namespace EvalHarness.Data.Shards;

/// <summary>The checksum of a page's bytes as they lie in the file.</summary>
/// <remarks>Source: Apache Parquet, README.md, "Checksumming"; the polynomial of IEEE 802.3, as gzip uses it.</remarks>
internal static class Crc32
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(Entry)];

    internal static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte next in bytes)
            crc = (crc >> 8) ^ Table[(crc ^ next) & 0xff];
        return ~crc;
    }

    private static uint Entry(int index)
    {
        uint entry = (uint)index;
        for (int bit = 0; bit < 8; bit++)
            entry = (entry & 1) == 1 ? (entry >> 1) ^ 0xedb88320 : entry >> 1;
        return entry;
    }
}
