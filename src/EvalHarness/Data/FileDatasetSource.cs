using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using EvalHarness.Data.Shards;
using EvalHarness.Data.Tables;

namespace EvalHarness.Data;

/// <summary>
/// Reads datasets from folders that are laid out as on the Hugging Face hub, or from files that a task names: Parquet, CSV, JSON or text.
/// </summary>
/// <param name="roots">
/// Folders that contain <c>ORG/NAME</c> folders, or caches of the hub. The first folder that contains a dataset is used for it.
/// </param>
public sealed class FileDatasetSource(params IReadOnlyList<string> roots) : IDatasetSource
{
    /// <summary>The files that have been hashed, so that a file that several splits or runs use is read for that once.</summary>
    private readonly ConcurrentDictionary<(string File, long Bytes, DateTime Written), string> _hashes = new();

    public async Task<DatasetSplit> OpenAsync(DatasetName name, CancellationToken cancellationToken)
    {
        DatasetFolder found = DatasetFolder.Find(roots, name);
        string[] files = [.. found.Files.Select(f => f.File)];
        var shards = new List<DatasetShard>();
        foreach ((string file, string shown) in found.Files)
            shards.Add(await DescribeAsync(name.Path, shown, file, found.Format, cancellationToken).ConfigureAwait(false));
        if (found.Format != DataFormat.Parquet)
        {
            Table table = Table.Open(found.Format, found.TypesFrom, files[0], found.Options);
            return new TableSplit(table, files) { Name = name, Columns = table.Columns, Shards = shards };
        }

        using FileStream first = OpenRead(files[0]);
        ShardFooter footer = ReadFooter(files[0], first);
        return new Split(files)
        {
            Name = name,
            Columns = footer.Names,
            ByteColumns = footer.Fields
                .Where(field => field.Columns.Any(column => column.Kind == ValueKind.Bytes))
                .Select(field => field.Name)
                .ToHashSet(),
            Shards = shards,
        };
    }

    private async Task<DatasetShard> DescribeAsync(
        string repository, string shown, string file, DataFormat format, CancellationToken cancellationToken)
    {
        using FileStream stream = OpenRead(file);
        (string, long, DateTime) key = (Path.GetFullPath(file), stream.Length, File.GetLastWriteTimeUtc(stream.SafeFileHandle));
        if (!_hashes.TryGetValue(key, out string? hash))
        {
            hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
            _hashes[key] = hash;
        }

        string path = shown.StartsWith($"{repository}/", StringComparison.Ordinal) ? shown[(repository.Length + 1)..] : shown;
        return new DatasetShard
        {
            File = shown,
            Bytes = stream.Length,
            Sha256 = hash,
            Pinned = DatasetSources.Known.IsPinned(repository, path, hash),
            Reader = format == DataFormat.Parquet ? Describe(stream) : null,
        };
    }

    private static FileStream OpenRead(string file)
    {
        try
        {
            return RegularFile.Open(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException(ExitCode.Data, $"{file}: cannot be read: {e.Message}", e);
        }
    }

    private static ShardFooter ReadFooter(string file, FileStream stream) => Reading(file, stream, () => ShardFooter.Read(stream));

    /// <summary>The reader in words; null for a damaged file, of which reading will say what is wrong with it.</summary>
    private static string? Describe(FileStream stream)
    {
        try
        {
            (IShardReader reader, string? reason) = ShardReaders.Of(stream, ShardFooter.Read(stream));
            return reason is null ? reader.Name : $"{reader.Name}, because {reason}";
        }
        catch (Exception e) when (e is InvalidDataException or UnsupportedShardException)
        {
            return null;
        }
    }

    private static T Reading<T>(string file, FileStream stream, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (OperationCanceledException or EvalException or OutOfMemoryException))
        {
            throw Unreadable(file, stream, e);
        }
    }

    /// <summary>
    /// Turns any exception that a library throws for a damaged file (Parquet.Net throws many types) into an error that names the file.
    /// </summary>
    private static EvalException Unreadable(string file, FileStream stream, Exception e) => new(
        ExitCode.Data,
        e is UnsupportedShardException
            ? $"{file}: {e.Message}"
            : $"{file}: not a readable Parquet file ({stream.Length} bytes): {e.Message}; fetch the shard again",
        e);

    private sealed class Split(IReadOnlyList<string> files) : DatasetSplit
    {
        /// <summary>What an object for a value takes, about, beside its bytes.</summary>
        private const int BytesOfValue = 40;

        private (long Rows, IReadOnlyDictionary<string, double> Bytes)? _footers;

        internal override long? CountRows() => Footers.Rows;

        internal override double EstimateBytes(IReadOnlySet<string>? columns) =>
            Footers.Bytes.Where(column => columns?.Contains(column.Key) ?? true).Sum(column => column.Value);

        /// <summary>The rows of all shards, and the bytes of each column.</summary>
        private (long Rows, IReadOnlyDictionary<string, double> Bytes) Footers => _footers ??= ReadFooters();

        private (long Rows, IReadOnlyDictionary<string, double> Bytes) ReadFooters()
        {
            long rows = 0;
            var bytes = new Dictionary<string, double>();
            foreach (string file in files)
            {
                using FileStream stream = OpenRead(file);
                ShardFooter footer = ReadFooter(file, stream);
                CheckColumns(file, footer.Names);
                rows += footer.Groups.Sum(group => group.Rows);
                ILookup<ShardColumn, ShardChunk> chunks = footer.Groups.SelectMany(group => group.Chunks).ToLookup(chunk => chunk.Column);
                foreach (ShardField field in footer.Fields)
                {
                    bytes[field.Name] = bytes.GetValueOrDefault(field.Name) + field.Columns.SelectMany(column => chunks[column])
                        .Sum(chunk => chunk.Decompressed + ((double)BytesOfValue * chunk.Values));
                }
            }

            return (rows, bytes);
        }

        internal override void Check(IReadOnlySet<string>? columns, long rows, CancellationToken cancellationToken)
        {
            foreach (string file in files)
            {
                using FileStream stream = OpenRead(file);
                ShardFooter footer = ReadFooter(file, stream);
                HashSet<ShardColumn> wanted =
                    [.. footer.Fields.Where(field => columns?.Contains(field.Name) ?? true).SelectMany(field => field.Columns)];
                using var memory = new PageMemory();
                foreach (ShardRowGroup group in footer.Groups)
                {
                    if (rows <= 0)
                        return;
                    Reading<object?>(file, stream, () =>
                    {
                        ShardPages.Check(stream, group, wanted, memory, cancellationToken);
                        return null;
                    });
                    rows -= group.Rows;
                }
            }
        }

        public override async IAsyncEnumerable<Document> ReadAsync(
            IReadOnlySet<string>? columns, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (string file in files)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using FileStream stream = OpenRead(file);
                ShardFooter footer = ReadFooter(file, stream);
                CheckColumns(file, footer.Names);
                ShardField[] fields = [.. footer.Fields.Where(field => columns?.Contains(field.Name) ?? true)];
                var names = new RowNames([.. fields.Select(field => field.Name)]);
                await using IAsyncEnumerator<IEnumerable<object?[]>> blocks =
                    Blocks(file, stream, footer, fields, cancellationToken).GetAsyncEnumerator(cancellationToken);
                while (await MoveNextAsync(file, stream, blocks).ConfigureAwait(false))
                {
                    using IEnumerator<object?[]> rows = blocks.Current.GetEnumerator();
                    Func<bool> next = rows.MoveNext;
                    while (Reading(file, stream, next))
                        yield return new Document(new NamedValues(names, fields.Length > 0 ? rows.Current : []));
                }
            }
        }

        private static IAsyncEnumerable<IEnumerable<object?[]>> Blocks(
            string file, FileStream stream, ShardFooter footer, ShardField[] fields, CancellationToken cancellationToken)
        {
            if (footer.Fields.Count == 0)
                throw new EvalException(ExitCode.Data, $"{file}: has no columns; write it with those that the task uses");
            IShardReader reader = Reading(file, stream, () => ShardReaders.Of(stream, footer).Reader);
            // Where no column is wanted, one still tells how many rows there are.
            return reader.ReadAsync(file, stream, footer, fields.Length > 0 ? fields : [footer.Fields[0]], cancellationToken);
        }

        private static async ValueTask<bool> MoveNextAsync(string file, FileStream stream, IAsyncEnumerator<IEnumerable<object?[]>> blocks)
        {
            try
            {
                return await blocks.MoveNextAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is not (OperationCanceledException or EvalException or OutOfMemoryException))
            {
                throw Unreadable(file, stream, e);
            }
        }

        private void CheckColumns(string file, IReadOnlyList<string> columns)
        {
            if (Columns.ToHashSet().SetEquals(columns))
                return;
            throw new EvalException(
                ExitCode.Data,
                $"{file}: has columns {string.Join(", ", columns)}; the first shard has {string.Join(", ", Columns)}; "
                + "all shards of a split must have the same columns");
        }
    }
}
