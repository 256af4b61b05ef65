using DuckDB.NET.Native;

namespace EvalHarness.Data.Shards;

/// <summary>The rows of a query, as values of a <see cref="Document"/>. They can be read once.</summary>
internal sealed class DuckDbRows : IDisposable
{
    private readonly DuckDBPreparedStatement _statement;
    private readonly DuckDbVector[] _vectors;
    private DuckDBResult _result;

    /// <exception cref="InvalidDataException">A column has a type whose values have no counterpart in Python.</exception>
    internal DuckDbRows(DuckDBPreparedStatement statement, DuckDBResult result)
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
                _vectors[i] = DuckDbVectors.Of(type, $"column {Columns[i]}");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal IReadOnlyList<string> Columns { get; }

    /// <summary>Whether each column has bytes as its values, or somewhere inside them.</summary>
    internal IReadOnlyList<bool> HoldBytes => [.. _vectors.Select(vector => vector.HoldsBytes)];

    /// <returns>An array of the values of each row, in the order of <see cref="Columns"/>.</returns>
    /// <exception cref="InvalidDataException">DuckDB finds a file damaged; the rows before that have been given.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; checked every 2,048 rows.</exception>
    internal IEnumerable<object?[]> Read(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DuckDBDataChunk chunk = NativeMethods.StreamingResult.DuckDBStreamFetchChunk(_result);
            if (chunk.IsInvalid)
            {
                // The end, or an error, which only the result tells apart.
                string? error = NativeMethods.Query.DuckDBResultError(ref _result);
                if (!string.IsNullOrEmpty(error))
                    throw DuckDbSession.Refused(error);
                yield break;
            }

            for (int i = 0; i < _vectors.Length; i++)
                _vectors[i].Bind(NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, i));
            long rows = (long)NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk);
            if (rows == 0)
                yield break;
            for (long row = 0; row < rows; row++)
            {
                object?[] values = new object?[_vectors.Length];
                for (int i = 0; i < values.Length; i++)
                    values[i] = _vectors[i][row];
                yield return values;
            }
        }
    }

    public void Dispose()
    {
        NativeMethods.Query.DuckDBDestroyResult(ref _result);
        _statement.Dispose();
    }
}
