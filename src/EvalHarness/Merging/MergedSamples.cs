using System.Runtime.CompilerServices;
using EvalHarness.Data;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Merging;

/// <summary>
/// The samples of a task from all parts, in the order of the documents. Where the documents of the parts lie one part behind the other,
/// the files are read one after the other; otherwise their rows are put into a temporary file first, because they cannot all be in memory.
/// In memory are 22 bytes a document.
/// </summary>
/// <param name="task">The task.</param>
/// <param name="parts">The parts that have samples of it.</param>
internal sealed class MergedSamples(TaskRun task, IReadOnlyList<FoundPart> parts)
{
    private readonly NumberColumn<long> _documents = new();
    private readonly NumberColumn<ushort> _owners = new();

    /// <summary>The places of the documents in the columns above, in the order of their numbers.</summary>
    private int[] _order = [];

    /// <summary>The parts in the order of their first documents, and whether each ends before the next begins.</summary>
    private (FoundPart[] Order, bool IsDisjoint) _layout;

    private string Name => task.Definition.Name;

    /// <summary>The part that has a document, for messages.</summary>
    internal FoundPart PartOf(long document) => parts[_owners[Enumerable.Range(0, _documents.Count).First(i => _documents[i] == document)]];

    /// <summary>Reads which documents the parts have.</summary>
    /// <param name="isWhole">Whether all documents of the task must be there.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The number of documents.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.MergeRefused"/>: a document is there twice, is none of the run, or is missing.
    /// </exception>
    internal async Task<int> OpenAsync(bool isWhole, CancellationToken cancellationToken)
    {
        var spans = new List<(FoundPart Part, long First, long Last)>();
        for (int part = 0; part < parts.Count; part++)
        {
            (long first, long last) = (long.MaxValue, long.MinValue);
            await foreach (long document in parts[part].Folder.StreamDocumentsAsync(Name, cancellationToken).ConfigureAwait(false))
            {
                (first, last) = (Math.Min(first, document), Math.Max(last, document));
                _documents.Add(document);
                _owners.Add((ushort)part);
            }

            if (last >= first)
                spans.Add((parts[part], first, last));
        }

        spans.Sort((a, b) => a.First.CompareTo(b.First));
        _layout = ([.. spans.Select(s => s.Part)], spans.Zip(spans.Skip(1)).All(pair => pair.First.Last < pair.Second.First));
        Check(isWhole);
        return _documents.Count;
    }

    private void Check(bool isWhole)
    {
        _order = [.. Enumerable.Range(0, _documents.Count)];
        Array.Sort(_order, (a, b) => _documents[a].CompareTo(_documents[b]));
        using IEnumerator<int> wanted = task.DocumentIds.GetEnumerator();
        bool hasMore = wanted.MoveNext();
        for (int i = 0; i < _order.Length; i++)
        {
            long document = _documents[_order[i]];
            FoundPart part = parts[_owners[_order[i]]];
            if (i > 0 && document == _documents[_order[i - 1]])
            {
                FoundPart other = parts[_owners[_order[i - 1]]];
                throw RunParts.Refused(
                    $"document {document} of task {Name} is there twice: in {other.Folder.Name} and {part.Folder.Name}");
            }

            for (; hasMore && wanted.Current < document; hasMore = wanted.MoveNext())
            {
                if (isWhole)
                    throw Missing(wanted.Current);
            }

            if (!hasMore || wanted.Current != document)
                throw RunParts.Refused($"{part.Folder.Name}: document {document} of task {Name} is none that the run evaluates");
            hasMore = wanted.MoveNext();
        }

        if (isWhole && hasMore)
            throw Missing(wanted.Current);
    }

    private EvalException Missing(int document) => RunParts.Refused(
        $"document {document} of task {Name} is in no part, although all parts say that they are finished; compute the parts again");

    /// <summary>All rows, in ascending order of their documents, once <see cref="OpenAsync"/> has looked at them.</summary>
    internal async IAsyncEnumerable<SampleRow> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_layout.IsDisjoint)
        {
            foreach (FoundPart part in _layout.Order)
            {
                await foreach (SampleRow row in
                    part.Folder.StreamSamplesByDocumentAsync(Name, columns: null, cancellationToken).ConfigureAwait(false))
                    yield return row;
            }

            yield break;
        }

        using var spool = new DocumentSpool();
        var places = new NumberColumn<long>();
        // As the numbers of the documents were read.
        foreach (FoundPart part in parts)
        {
            await foreach (SampleRow row in part.Folder.StreamSamplesAsync(Name, columns: null, cancellationToken).ConfigureAwait(false))
            {
                byte[] bytes = row.ToBytes();
                places.Add(spool.Append(writer =>
                {
                    writer.Write(bytes.Length);
                    writer.Write(bytes);
                }));
            }
        }

        foreach (int next in _order)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return SampleRow.FromBytes(spool.Read(places[next], reader => reader.ReadBytes(reader.ReadInt32())));
        }
    }
}
