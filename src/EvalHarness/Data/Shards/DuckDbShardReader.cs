using System.Runtime.CompilerServices;

namespace EvalHarness.Data.Shards;

/// <summary>Reads every kind of shard that is known, with DuckDB.</summary>
internal sealed class DuckDbShardReader : IShardReader
{
    /// <summary>DuckDB makes floating-point numbers of longer decimals.</summary>
    private const int MostDigits = 38;

    /// <summary>
    /// More rows than DuckDB reads before they are asked for, which are two blocks of 2,048: one that is ready, and one that waits for it.
    /// </summary>
    private const int Ahead = 8 * 2048;

    public string Name => "DuckDB";

    public async IAsyncEnumerable<IEnumerable<object?[]>> ReadAsync(
        string file,
        FileStream stream,
        ShardFooter footer,
        IReadOnlyList<ShardField> fields,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HashSet<ShardColumn> columns = [.. fields.SelectMany(field => field.Columns)];
        if (columns.FirstOrDefault(column => column.Precision > MostDigits) is { } long38)
        {
            throw new UnsupportedShardException(
                $"column {long38.Path} has decimals of {long38.Precision} digits, of which {MostDigits} can be read; "
                + "write it with fewer digits or as text");
        }

        using var memory = new PageMemory();
        int groups = 0;
        long begun = 0;
        // Each row group is checked before DuckDB comes to it; who leaves early does not wait for the check of the others.
        void CheckThrough(long row)
        {
            for (; groups < footer.Groups.Count && begun <= row; groups++)
            {
                ShardPages.Check(stream, footer.Groups[groups], columns, memory, cancellationToken);
                begun += footer.Groups[groups].Rows;
            }
        }

        CheckThrough(Ahead);
        using var session = DuckDbSession.Open(file);
        using DuckDbRows rows = session.Query(Sql(file, footer, fields), fields);
        foreach (IEnumerable<object?[]> block in rows.ReadBlocks(cancellationToken))
        {
            yield return block;
            CheckThrough(rows.Count + Ahead);
        }

        long expected = footer.Groups.Sum(group => group.Rows);
        if (rows.Count != expected)
            throw new InvalidDataException($"DuckDB gives {rows.Count} rows, the footer says {expected}");
        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <summary>Columns are named by their places, because DuckDB renames those that differ in case alone, and empty names.</summary>
    private static string Sql(string file, ShardFooter footer, IReadOnlyList<ShardField> fields)
    {
        string all = string.Join(", ", footer.Fields.Select((_, i) => $"c{i}"));
        string wanted = string.Join(", ", fields.Select(field => $"c{footer.Fields.ToList().IndexOf(field)}"));
        return $"SELECT {wanted} FROM read_parquet({DuckDbSession.Quote(file)}, hive_partitioning = false, binary_as_string = false) "
            + $"AS shard({all})";
    }
}
