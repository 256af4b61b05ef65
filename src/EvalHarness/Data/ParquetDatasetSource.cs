using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using EvalHarness.Data.Shards;
using EvalHarness.Data.Tables;
using Parquet;
using Parquet.Schema;
using Parquet.Serialization;

namespace EvalHarness.Data;

/// <summary>
/// Reads datasets from folders that are laid out as on the Hugging Face hub, or from files that a task names: Parquet, CSV, JSON or text.
/// </summary>
/// <param name="roots">
/// Folders that contain <c>ORG/NAME</c> folders, or caches of the hub. The first folder that contains a dataset is used for it.
/// </param>
public sealed class ParquetDatasetSource(params IReadOnlyList<string> roots) : IDatasetSource
{
    public async Task<DatasetSplit> OpenAsync(DatasetName name, CancellationToken cancellationToken)
    {
        DatasetFolder found = DatasetFolder.Find(roots, name);
        string[] files = [.. found.Files.Select(f => f.File)];
        var shards = new List<DatasetShard>();
        foreach ((string file, string shown) in found.Files)
            shards.Add(await DescribeAsync(name.Path, shown, file, cancellationToken).ConfigureAwait(false));
        if (found.Format != DataFormat.Parquet)
        {
            Table table = Table.Open(found.Format, found.TypesFrom, files[0], found.Options);
            return new TableSplit(table, files) { Name = name, Columns = table.Columns, Shards = shards };
        }

        (ParquetSchema schema, _) = await ReadSchemaAsync(files[0], cancellationToken).ConfigureAwait(false);
        return new Split(files)
        {
            Name = name,
            Columns = [.. schema.Fields.Select(f => f.Name)],
            Shards = shards,
        };
    }

    private static async Task<DatasetShard> DescribeAsync(
        string repository, string shown, string file, CancellationToken cancellationToken)
    {
        using FileStream stream = OpenRead(file);
        string hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
        string path = shown.StartsWith($"{repository}/", StringComparison.Ordinal) ? shown[(repository.Length + 1)..] : shown;
        return new DatasetShard
        {
            File = shown,
            Bytes = stream.Length,
            Sha256 = hash,
            Pinned = DatasetSources.Known.IsPinned(repository, path, hash),
        };
    }

    private static FileStream OpenRead(string file)
    {
        try
        {
            return File.OpenRead(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException(ExitCode.Data, $"{file}: cannot be read: {e.Message}", e);
        }
    }

    private static Task<(ParquetSchema Schema, IReadOnlyList<ShardRowGroup> Groups)> ReadSchemaAsync(
        string file, CancellationToken cancellationToken) => ReadingAsync(file, async stream =>
        {
            IReadOnlyList<ShardRowGroup> groups = ShardFooter.Read(stream);
            stream.Position = 0;
            await using ParquetReader reader =
                await ParquetReader.CreateAsync(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
            return (reader.Schema, groups);
        });

    private static Task<IReadOnlyList<Dictionary<string, object>>> ReadRowsAsync(
        string file, ShardRowGroup group, int index, CancellationToken cancellationToken) => ReadingAsync(file, async stream =>
        {
            ShardPages.Check(stream, group);
            stream.Position = 0;
            DeserializationResult<Dictionary<string, object>> rows = await ParquetSerializer
                .DeserializeUntypedAsync(stream, rowGroupIndex: index, cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            IReadOnlyList<Dictionary<string, object>> read = [.. rows.Data];
            return read.Count == group.Rows
                ? read
                : throw new InvalidDataException($"row group {index} gives {read.Count} rows, the footer says {group.Rows}");
        });

    /// <summary>
    /// Turns any exception that Parquet.Net throws for a damaged file (it throws many different types) into an error that names the file.
    /// </summary>
    private static async Task<T> ReadingAsync<T>(string file, Func<Stream, Task<T>> read)
    {
        using FileStream stream = OpenRead(file);
        try
        {
            return await read(stream).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (OperationCanceledException or EvalException or OutOfMemoryException))
        {
            string message = $"{file}: not a readable Parquet file ({stream.Length} bytes): {e.Message}; fetch the shard again";
            throw new EvalException(ExitCode.Data, message, e);
        }
    }

    private sealed class Split(IReadOnlyList<string> files) : DatasetSplit
    {
        public override async IAsyncEnumerable<Document> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (string file in files)
            {
                (ParquetSchema schema, IReadOnlyList<ShardRowGroup> groups) =
                    await ReadSchemaAsync(file, cancellationToken).ConfigureAwait(false);
                CheckColumns(file, schema);
                for (int index = 0; index < groups.Count; index++)
                {
                    IReadOnlyList<Dictionary<string, object>> rows =
                        await ReadRowsAsync(file, groups[index], index, cancellationToken).ConfigureAwait(false);
                    foreach (Dictionary<string, object> row in rows)
                        yield return new Document(PlainValue.Map(row, schema.Fields));
                }
            }
        }

        private void CheckColumns(string file, ParquetSchema schema)
        {
            string[] columns = [.. schema.Fields.Select(f => f.Name)];
            if (Columns.ToHashSet().SetEquals(columns))
                return;
            throw new EvalException(
                ExitCode.Data,
                $"{file}: has columns {string.Join(", ", columns)}; the first shard has {string.Join(", ", Columns)}; "
                + "all shards of a split must have the same columns");
        }
    }
}
