using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Parquet;
using Parquet.Schema;
using Parquet.Serialization;

namespace EvalHarness.Data;

/// <summary>Parquet shards in the Hugging Face hub's folder layout.</summary>
/// <param name="roots">Folders that hold <c>ORG/NAME</c> folders, or caches of the hub; the first that has a dataset counts.</param>
public sealed class ParquetDatasetSource(params IReadOnlyList<string> roots) : IDatasetSource
{
    public async Task<DatasetSplit> OpenAsync(DatasetName name, CancellationToken cancellationToken)
    {
        (string dataset, IReadOnlyList<string> files) = ShardLayout.Find(roots, name);
        var shards = new List<DatasetShard>();
        foreach (string file in files)
            shards.Add(await DescribeAsync(name.Path, dataset, file, cancellationToken).ConfigureAwait(false));
        ParquetSchema schema = await ReadingAsync(files[0], async stream =>
        {
            await using ParquetReader reader = await ParquetReader.CreateAsync(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
            return reader.Schema;
        }).ConfigureAwait(false);
        return new Split(files)
        {
            Name = name,
            Columns = [.. schema.Fields.Select(f => f.Name)],
            Shards = shards,
        };
    }

    private static async Task<DatasetShard> DescribeAsync(string repository, string dataset, string file, CancellationToken cancellationToken)
    {
        using FileStream stream = OpenRead(file);
        string hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
        string path = Path.GetRelativePath(dataset, file).Replace('\\', '/');
        return new DatasetShard
        {
            File = $"{repository}/{path}",
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

    /// <summary>Whatever the reader throws on a damaged file, from bad magic bytes to a torn Thrift footer, names the file.</summary>
    private static async Task<T> ReadingAsync<T>(string file, Func<Stream, Task<T>> read)
    {
        using FileStream stream = OpenRead(file);
        try
        {
            return await read(stream).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (OperationCanceledException or EvalException or OutOfMemoryException))
        {
            throw new EvalException(ExitCode.Data, $"{file}: not a readable Parquet file ({stream.Length} bytes): {e.Message}; fetch the shard again", e);
        }
    }

    private sealed class Split(IReadOnlyList<string> files) : DatasetSplit
    {
        public override async IAsyncEnumerable<Document> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (string file in files)
            {
                (ParquetSchema schema, int groups) = await ReadingAsync(file, async stream =>
                {
                    await using ParquetReader reader = await ParquetReader.CreateAsync(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
                    return (reader.Schema, reader.RowGroupCount);
                }).ConfigureAwait(false);
                CheckColumns(file, schema);
                for (int group = 0; group < groups; group++)
                {
                    int index = group;
                    DeserializationResult<Dictionary<string, object>> rows = await ReadingAsync(
                        file, stream => ParquetSerializer.DeserializeUntypedAsync(stream, rowGroupIndex: index, cancellationToken: cancellationToken)).ConfigureAwait(false);
                    foreach (Dictionary<string, object> row in rows.Data)
                        yield return new Document(PlainValue.Map(row, schema.Fields));
                }
            }
        }

        private void CheckColumns(string file, ParquetSchema schema)
        {
            string[] columns = [.. schema.Fields.Select(f => f.Name)];
            if (!Columns.ToHashSet().SetEquals(columns))
                throw new EvalException(ExitCode.Data, $"{file}: has columns {string.Join(", ", columns)}; the first shard has {string.Join(", ", Columns)}; shards of one split must agree");
        }
    }
}
