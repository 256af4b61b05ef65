using DuckDB.NET.Native;

namespace EvalHarness.Data.Shards;

/// <summary>The rows of a query, as values of a <see cref="Document"/>. They can be read once.</summary>
internal sealed class DuckDbRows : IDisposable
{
    private readonly DuckDBPreparedStatement _statement;
    private readonly DuckDbVector[] _vectors;
    private DuckDBResult _result;

    /// <param name="statement">The query, which is closed with the rows.</param>
    /// <param name="result">What it gives.</param>
    /// <param name="fields">What the schema of a Parquet file says of each column; null for another file.</param>
    /// <exception cref="UnsupportedShardException">
    /// A column has a type whose values have no counterpart in Python, or another one than its schema says.
    /// </exception>
    internal DuckDbRows(DuckDBPreparedStatement statement, DuckDBResult result, IReadOnlyList<ShardField>? fields)
    {
        (_statement, _result) = (statement, result);
        try
        {
            int count = (int)NativeMethods.Query.DuckDBColumnCount(ref _result);
            Columns = [.. Enumerable.Range(0, count).Select(i => NativeMethods.Query.DuckDBColumnName(ref _result, i))];
            _vectors = new DuckDbVector[count];
            for (int i = 0; i < count; i++)
            {
                using DuckDBLogicalType type = NativeMethods.Query.DuckDBColumnLogicalType(ref _result, i);
                _vectors[i] = fields is null
                    ? DuckDbVectors.Of(type, null, $"column {Columns[i]}")
                    : DuckDbVectors.Of(type, ColumnShape.Of(fields[i]), $"column {fields[i].Name}");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal IReadOnlyList<string> Columns { get; }

    /// <summary>The number of rows that have been read.</summary>
    internal long Count { get; private set; }

    /// <summary>Whether each column has bytes as its values, or somewhere inside them.</summary>
    internal IReadOnlyList<bool> HoldBytes => [.. _vectors.Select(vector => vector.HoldsBytes)];

    /// <returns>An array of the values of each row, in the order of <see cref="Columns"/>.</returns>
    /// <inheritdoc cref="ReadBlocks"/>
    internal IEnumerable<object?[]> Read(CancellationToken cancellationToken) => ReadBlocks(cancellationToken).SelectMany(block => block);

    /// <summary>The rows in blocks of at most 2,048, each of which is to be read before the next one is asked for.</summary>
    /// <returns>Rows that are made one by one, so that a row that nobody keeps costs no more than its making.</returns>
    /// <exception cref="InvalidDataException">DuckDB finds a file damaged; the blocks before that have been given.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; checked before each block.</exception>
    internal IEnumerable<IEnumerable<object?[]>> ReadBlocks(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (Fetch() is { } chunk)
        {
            using (chunk)
                yield return ReadBlock(chunk);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <returns>The next rows; null at the end.</returns>
    private DuckDBDataChunk? Fetch()
    {
        DuckDBDataChunk chunk = NativeMethods.StreamingResult.DuckDBStreamFetchChunk(_result);
        if (!chunk.IsInvalid && NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk) > 0)
            return chunk;
        chunk.Dispose();
        // The end, or an error, which only the result tells apart.
        string? error = NativeMethods.Query.DuckDBResultError(ref _result);
        return string.IsNullOrEmpty(error) ? null : throw DuckDbSession.Refused(error);
    }

    private IEnumerable<object?[]> ReadBlock(DuckDBDataChunk chunk)
    {
        long rows = (long)NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk);
        for (int i = 0; i < _vectors.Length; i++)
            _vectors[i].Bind(NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, i));
        Count += rows;
        for (long row = 0; row < rows; row++)
        {
            object?[] values = new object?[_vectors.Length];
            for (int i = 0; i < values.Length; i++)
                values[i] = _vectors[i][row];
            yield return values;
        }
    }

    public void Dispose()
    {
        NativeMethods.Query.DuckDBDestroyResult(ref _result);
        _statement.Dispose();
    }
}
