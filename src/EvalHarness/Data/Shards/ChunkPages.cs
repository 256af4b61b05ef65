using Microsoft.Win32.SafeHandles;

namespace EvalHarness.Data.Shards;

/// <summary>
/// Goes through the pages of a column in one row group. Each is checked before it is given: that it fits into its column's bytes, that the
/// counts in its header agree with its levels and values, and that its checksum is right where it has one. At the end the sums have to be
/// those of the footer.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="chunk">Where the column lies.</param>
/// <param name="rows">The rows of the row group.</param>
/// <param name="memory">Memory for the pages.</param>
internal sealed class ChunkPages(SafeFileHandle file, ShardChunk chunk, long rows, ColumnMemory memory)
{
    private readonly ChunkWindow _window = new(file, chunk, memory.Read);
    private long _position;
    private long _values;
    private long? _begun = 0;
    private int? _entries;

    private string Subject => $"column {chunk.Column.Path}";

    /// <summary>The values of the dictionary, once its page was read; null where there is none, or its codec is not read here.</summary>
    internal ArraySegment<byte>? Dictionary { get; private set; }

    /// <summary>The next data page, which may be used until the one behind it is asked for.</summary>
    /// <returns>Its parts, without values where its codec is not read here; null at the end.</returns>
    /// <exception cref="InvalidDataException">A page is damaged, or the pages do not hold what the footer says.</exception>
    internal PageBody? Next()
    {
        while (_position < chunk.Length)
        {
            ThriftStruct header = ReadHeader();
            long size = header.Number(3, "compressed_page_size", high: int.MaxValue);
            if (size > chunk.Length - _position)
                throw new InvalidDataException($"{Subject}: a page has {size} bytes, and {chunk.Length - _position} are left for it");
            ArraySegment<byte> page = _window.From(_position, size)[..(int)size];
            _position += size;
            CheckSum(header, page);
            long whole = header.Number(2, "uncompressed_page_size", high: int.MaxValue);
            switch (header.Number(1, "type", high: ShardPages.DataPageV2))
            {
                case ShardPages.DictionaryPage:
                    ReadDictionary(header.Get<ThriftStruct>(7, "dictionary_page_header"), page, whole);
                    break;
                case ShardPages.DataPage:
                    ThriftStruct first = header.Get<ThriftStruct>(5, "data_page_header");
                    return Counted(PageBody.Of(first, version: 1, chunk.Column, _entries)
                        .Read(PageCodec.Decompress(chunk.Codec, page, whole, memory.Page), memory.Page));
                case ShardPages.DataPageV2:
                    ThriftStruct second = header.Get<ThriftStruct>(8, "data_page_header_v2");
                    return Counted(PageBody.Of(second, version: 2, chunk.Column, _entries)
                        .ReadV2(second, page, whole, chunk.Codec, memory.Page));
            }
        }

        if (_values != chunk.Values || (_begun ?? rows) != rows)
        {
            throw new InvalidDataException(
                $"{Subject}: its pages hold {_values} values of {_begun} rows, the footer says {chunk.Values} values of {rows} rows");
        }

        return null;
    }

    private PageBody Counted(PageBody body)
    {
        (_values, _begun) = (_values + body.Count, _begun + body.Rows);
        return body;
    }

    private void ReadDictionary(ThriftStruct header, ArraySegment<byte> page, long whole)
    {
        if (_entries is not null || _values > 0)
            throw new InvalidDataException($"{Subject}: has a dictionary that is not its first page");
        _entries = (int)header.Number(1, "num_values", high: int.MaxValue);
        if (PageCodec.Decompress(chunk.Codec, page, whole, memory.Dictionary) is not { } values)
            return;
        PageValues.CheckPlain(values, chunk.Column, _entries.Value);
        // Without compression the bytes are those that were read, whose place the next page takes.
        Dictionary = values.Array == page.Array ? values.ToArray() : values;
    }

    /// <summary>Reads a header, whose size only its content tells, and goes to the page behind it.</summary>
    private ThriftStruct ReadHeader()
    {
        for (long size = 512; ; size *= 8)
        {
            ArraySegment<byte> bytes = _window.From(_position, size);
            var reader = new ThriftReader(bytes, $"{Subject}: the header of the page at {chunk.Start + _position}");
            try
            {
                ThriftStruct header = reader.Read();
                _position += reader.Position;
                return header;
            }
            catch (InvalidDataException) when (bytes.Count < Math.Min(chunk.Length - _position, Array.MaxLength))
            {
                // It may be longer than what was read of it.
            }
        }
    }

    private void CheckSum(ThriftStruct header, ReadOnlySpan<byte> page)
    {
        if (header.FindNumber(4, "crc", low: int.MinValue, high: int.MaxValue) is not { } written)
            return;
        uint found = Crc32.Of(page);
        if (found != unchecked((uint)written))
        {
            throw new InvalidDataException(
                $"{Subject}: the checksum of a page is {found:x8}, its header says {unchecked((uint)written):x8}");
        }
    }
}
