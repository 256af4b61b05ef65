using System.Collections;

namespace EvalHarness.Data;

/// <summary>
/// Documents that are found by their position, and of which only some that were used last are in memory: the others are in a temporary
/// file. Any thread may read.
/// </summary>
/// <param name="spool">The file, which others may use as well. Whoever made it closes it when no document is used any more.</param>
internal sealed class SpooledDocuments(DocumentSpool spool) : IReadOnlyList<Document>
{
    /// <summary>The bytes, as the file has them, of the documents that are kept in memory.</summary>
    private const long KeptBytes = 4L << 20;

    private readonly List<long> _offsets = [];
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Document> _kept = [];
    private long _keptBytes;

    public int Count => _offsets.Count;

    public Document this[int index]
    {
        get
        {
            lock (_gate)
            {
                if (_kept.TryGetValue(index, out Document? known))
                    return known;
                (Document document, long bytes) = spool.Read(_offsets[index], Read);
                if (_keptBytes + bytes > KeptBytes)
                {
                    _kept.Clear();
                    _keptBytes = 0;
                }

                _kept.Add(index, document);
                _keptBytes += bytes;
                return document;
            }
        }
    }

    /// <summary>Adds a document behind the others, before any is read.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: no temporary file can be made, or the disk is full.</exception>
    internal void Add(Document document) => _offsets.Add(spool.Append(writer => ValueCodec.Write(writer, document.Values)));

    public IEnumerator<Document> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static (Document Document, long Bytes) Read(BinaryReader reader)
    {
        long start = reader.BaseStream.Position;
        var document = new Document((IReadOnlyDictionary<string, object?>)ValueCodec.Read(reader)!);
        return (document, reader.BaseStream.Position - start);
    }
}
