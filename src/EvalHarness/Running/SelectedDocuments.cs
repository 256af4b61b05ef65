using System.Collections;
using EvalHarness.Data;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// The documents of a task that takes only some rows of a large split, in a temporary file, so that the split is not read again for each
/// such task. In memory are the offsets, 8 bytes a document. Several threads may enumerate them.
/// </summary>
internal sealed class SelectedDocuments : IReadOnlyCollection<NumberedDocument>
{
    private readonly DocumentSpool _spool;
    private readonly CancellationToken _cancellationToken;
    private readonly NumberColumn<long> _offsets;
    private readonly int? _first;

    /// <param name="spool">The file, which others may use as well. Whoever made it closes it when no document is used any more.</param>
    /// <param name="cancellationToken">Stops between documents, for as long as they are used.</param>
    internal SelectedDocuments(DocumentSpool spool, CancellationToken cancellationToken)
        : this(spool, new NumberColumn<long>(), first: null, cancellationToken)
    {
    }

    private SelectedDocuments(DocumentSpool spool, NumberColumn<long> offsets, int? first, CancellationToken cancellationToken) =>
        (_spool, _offsets, _first, _cancellationToken) = (spool, offsets, first, cancellationToken);

    public int Count => _first ?? _offsets.Count;

    /// <summary>Adds a document behind the others.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: no temporary file can be made, or the disk is full.</exception>
    internal void Add(NumberedDocument document) => _offsets.Add(_spool.Append(writer =>
    {
        writer.Write7BitEncodedInt64(document.Id);
        writer.Write7BitEncodedInt64(document.Row);
        ValueCodec.Write(writer, document.Document.Values);
    }));

    /// <param name="count">At most as many as there are.</param>
    internal SelectedDocuments First(int count) => new(_spool, _offsets, count, _cancellationToken);

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the disk fails.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public IEnumerator<NumberedDocument> GetEnumerator()
    {
        int count = Count;
        for (int i = 0; i < count; i++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            yield return _spool.Read(_offsets[i], Read);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static NumberedDocument Read(BinaryReader reader)
    {
        (long id, long row) = (reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64());
        return new NumberedDocument(id, new Document((IReadOnlyDictionary<string, object?>)ValueCodec.Read(reader)!)) { Row = row };
    }
}
