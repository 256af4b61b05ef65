using System.Runtime.CompilerServices;
using EvalHarness.Data.Tables;

namespace EvalHarness.Data;

/// <summary>A split of CSV, JSON or text files.</summary>
internal sealed class TableSplit(Table table, IReadOnlyList<string> files) : DatasetSplit
{
    /// <summary>How many times its bytes a row takes in memory, and a compressed file when it is read; estimates.</summary>
    private const int OfMemory = 3, OfCompression = 6;

    public override async IAsyncEnumerable<Document> ReadAsync(
        IReadOnlySet<string>? columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (string file in files)
        {
            foreach (IReadOnlyDictionary<string, object?> row in table.Read(file))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new Document(columns is null ? row : Chosen(row, columns));
            }
        }
    }

    internal override double EstimateBytes(IReadOnlySet<string>? columns) =>
        Shards.Sum(shard => (double)shard.Bytes * OfMemory * (DataFileKind.IsCompressed(shard.File) ? OfCompression : 1));

    private static OrderedDictionary<string, object?> Chosen(IReadOnlyDictionary<string, object?> row, IReadOnlySet<string> columns) =>
        new(row.Where(value => columns.Contains(value.Key)));
}
