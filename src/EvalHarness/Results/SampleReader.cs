using Parquet;
using Parquet.Data;
using Parquet.Meta;
using Parquet.Schema;

namespace EvalHarness.Results;

/// <summary>Reads <c>samples/TASK.parquet</c>, as this or an earlier version wrote it, by row group and column.</summary>
internal sealed class SampleReader : IAsyncDisposable
{
    private const string DocumentId = "doc_id";

    private readonly FileStream _stream;
    private readonly ParquetReader _reader;
    private readonly IReadOnlyList<SampleColumn> _columns;
    private readonly ILookup<string, DataField> _fields;

    private SampleReader(FileStream stream, ParquetReader reader, int version)
    {
        (_stream, _reader) = (stream, reader);
        _columns = version == 1 ? EarlierColumns.All : SampleColumn.All;
        _fields = reader.Schema.GetDataFields().ToLookup(f => f.Path.FirstPart!);
    }

    internal int Groups => _reader.RowGroupCount;

    internal static async Task<SampleReader> OpenAsync(string file, CancellationToken cancellationToken)
    {
        FileStream stream = File.OpenRead(file);
        try
        {
            ParquetReader reader = await ParquetReader.CreateAsync(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
            KeepLittle(reader.Metadata!);
            return new(stream, reader, SampleSchema.VersionOf(file, reader.CustomMetadata));
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Drops what the end of the file says that no one asks for here. The library keeps 1.6 KB for a column of a row group,
    /// which in a file of a thousand row groups is more memory than the rows that are being worked on.
    /// </summary>
    private static void KeepLittle(FileMetaData footer)
    {
        var paths = new Dictionary<int, List<string>>();
        foreach (RowGroup group in footer.RowGroups)
        {
            for (int column = 0; column < group.Columns.Count; column++)
            {
                if (group.Columns[column].MetaData is not { } chunk)
                    continue;
                if (!paths.TryGetValue(column, out List<string>? path) || !path.SequenceEqual(chunk.PathInSchema))
                    paths[column] = path = chunk.PathInSchema;
                chunk.PathInSchema = path;
                chunk.EncodingStats = null;
                chunk.Encodings = [];
                if (path is not [DocumentId])
                    chunk.Statistics = null;
            }
        }
    }

    /// <summary>How many rows a group has, which the end of the file says.</summary>
    internal int RowsOf(int group)
    {
        using ParquetRowGroupReader reader = _reader.OpenRowGroupReader(group);
        return checked((int)reader.RowCount);
    }

    /// <summary>Whether a group may have a document, as far as the end of the file says.</summary>
    internal bool MayHave(int group, long document)
    {
        using ParquetRowGroupReader reader = _reader.OpenRowGroupReader(group);
        return _fields[DocumentId].FirstOrDefault() is not { } field
            || reader.GetStatistics(field) is not { MinValue: long least, MaxValue: long most }
            || (document >= least && document <= most);
    }

    /// <summary>The numbers of a group's documents; no other column is read.</summary>
    /// <exception cref="InvalidDataException">They are no numbers, or there are none.</exception>
    internal async Task<long[]> ReadDocumentsAsync(int group, CancellationToken cancellationToken)
    {
        DataField field = _fields[DocumentId].FirstOrDefault() ?? throw new InvalidDataException($"it has no column {DocumentId}");
        using ParquetRowGroupReader reader = _reader.OpenRowGroupReader(group);
        using RawColumnData column = await reader.ReadRawColumnDataBaseAsync(field, cancellationToken).ConfigureAwait(false);
        return column is RawColumnData<long> numbers
            ? numbers.Values[..checked((int)reader.RowCount)].ToArray()
            : throw new InvalidDataException($"column {DocumentId}: expected {typeof(long)}, the file has {field.ClrType}");
    }

    /// <param name="group">The row group.</param>
    /// <param name="columns">The columns to read, by their names in the file; null for all. The others keep their defaults.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidDataException">A column has values of another kind than <see cref="SampleRow"/>.</exception>
    internal async Task<SampleRow[]> ReadAsync(int group, IReadOnlyCollection<string>? columns, CancellationToken cancellationToken)
    {
        SampleRow[] rows = [.. Enumerable.Range(0, RowsOf(group)).Select(_ => new SampleRow())];
        await FillAsync(group, rows, columns, cancellationToken).ConfigureAwait(false);
        return rows;
    }

    /// <summary>One row in full; the texts of the others in its group are not made.</summary>
    internal async Task<SampleRow> ReadRowAsync(int group, int row, CancellationToken cancellationToken)
    {
        var rows = new SampleRow?[RowsOf(group)];
        rows[row] = new SampleRow();
        await FillAsync(group, rows, columns: null, cancellationToken).ConfigureAwait(false);
        return rows[row]!;
    }

    private async Task FillAsync(
        int group, SampleRow?[] rows, IReadOnlyCollection<string>? columns, CancellationToken cancellationToken)
    {
        using ParquetRowGroupReader reader = _reader.OpenRowGroupReader(group);
        foreach (SampleColumn column in _columns)
        {
            if (!_fields.Contains(column.Sources[0]) || columns?.Contains(column.AskedAs) == false)
                continue;
            var leaves = new List<StoredLeaf>();
            try
            {
                foreach (DataField field in column.Sources.SelectMany(source => _fields[source]))
                {
                    leaves.Add(new StoredLeaf(
                        field, await reader.ReadRawColumnDataBaseAsync(field, cancellationToken).ConfigureAwait(false)));
                }

                column.Fill(leaves, rows);
            }
            finally
            {
                leaves.ForEach(leaf => leaf.Dispose());
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _reader.DisposeAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
    }
}
