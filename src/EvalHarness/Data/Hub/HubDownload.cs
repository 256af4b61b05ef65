using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace EvalHarness.Data.Hub;

/// <summary>
/// Downloads files of a listing into the cache, several at a time. An interrupted download is resumed, and every file is verified by its
/// hash.
/// </summary>
internal sealed class HubDownload(HubConnection connection, HubCache cache, TimeProvider time)
{
    private const int Parallel = 4;

    /// <summary>The number of interruptions in a row, without a single byte received between them, after which a download fails.</summary>
    private const int Cuts = 5;

    private long _fetched;

    /// <summary>The number of bytes received over the network so far.</summary>
    public long Fetched => Interlocked.Read(ref _fetched);

    /// <summary>Those of the given files that are not in the cache.</summary>
    public IReadOnlyList<HubFile> Missing(HubListing listing, IReadOnlyList<HubFile> files)
    {
        string snapshot = cache.Snapshot(listing.Repository, listing.Commit);
        return
        [
            .. files.Where(f => !File.Exists(cache.Blob(listing.Repository, f)) && !File.Exists(HubCache.FileIn(snapshot, f))),
        ];
    }

    /// <summary>Downloads the given files as far as the cache does not contain them.</summary>
    /// <returns>The snapshot's folder, which contains the files.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Hub"/>: the hub cannot be reached, refuses, or sends other content than it listed;
    /// <see cref="ExitCode.Output"/>: the cache is not writable, or the disk is full.
    /// </exception>
    public async Task<string> FetchAsync(HubListing listing, IReadOnlyList<HubFile> files, CancellationToken cancellationToken)
    {
        string snapshot = cache.Snapshot(listing.Repository, listing.Commit);
        try
        {
            Directory.CreateDirectory(snapshot);
            long missing = Missing(listing, files).Sum(f => f.Size);
            long free = new DriveInfo(Path.GetFullPath(snapshot)).AvailableFreeSpace;
            if (missing > free)
            {
                throw new EvalException(
                    ExitCode.Output,
                    $"{cache.Root}: {listing.Repository} needs {missing >> 20} MiB, but only {free >> 20} MiB are free; "
                    + "free space, or set HF_HOME to another disk");
            }

            var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
            await System.Threading.Tasks.Parallel
                .ForEachAsync(files, options, async (file, stop) => await FetchAsync(listing, file, stop).ConfigureAwait(false))
                .ConfigureAwait(false);
            cache.WriteRef(listing.Repository, listing.Commit);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException(
                ExitCode.Output, $"{cache.Root}: cannot be written: {e.Message}; free space, or set HF_HOME to a writable folder", e);
        }

        return snapshot;
    }

    private async Task FetchAsync(HubListing listing, HubFile file, CancellationToken cancellationToken)
    {
        if (File.Exists(HubCache.FileIn(cache.Snapshot(listing.Repository, listing.Commit), file)))
            return;
        using FileStream held = await cache.LockAsync(listing.Repository, file, time, cancellationToken).ConfigureAwait(false);
        string blob = cache.Blob(listing.Repository, file), partial = cache.Partial(listing.Repository, file);
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        for (int attempt = 0; !File.Exists(blob); attempt++)
        {
            await ReceiveAsync(listing, file, partial, cancellationToken).ConfigureAwait(false);
            string found = await HashAsync(partial, file, cancellationToken).ConfigureAwait(false);
            if (found == file.Hash)
            {
                File.Move(partial, blob);
                break;
            }

            // The first time, the cause may be wrong bytes left over from an earlier download; the second time, the hub sent them all.
            File.Delete(partial);
            if (attempt > 0)
            {
                throw new EvalException(
                    ExitCode.Hub,
                    $"{listing.Repository}: {file.Path}: what came has hash {found}, but the hub lists {file.Hash}, in two attempts; "
                    + "the file was deleted: try again later, or check the proxies on the way to the hub");
            }
        }

        cache.Link(listing.Repository, listing.Commit, file);
    }

    /// <summary>Receives a file, in several requests if necessary, until it has the listed size.</summary>
    private async Task ReceiveAsync(HubListing listing, HubFile file, string partial, CancellationToken cancellationToken)
    {
        using FileStream stream = new(partial, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        stream.Seek(0, SeekOrigin.End);
        for (int cuts = 0; stream.Length != file.Size || file.Size == 0;)
        {
            long before = stream.Length;
            if (before > file.Size)
                stream.SetLength(0);
            string? problem = await ReceiveOnceAsync(listing, file, stream, cancellationToken).ConfigureAwait(false);
            if (problem is null)
                break;
            cuts = stream.Length > before ? 0 : cuts + 1;
            if (cuts >= Cuts)
            {
                throw new EvalException(
                    ExitCode.Hub,
                    $"{listing.Repository}: {file.Path}: {problem}, {Cuts} times at {stream.Length} of {file.Size} bytes; "
                    + "start again later, and the download will continue from there");
            }

            if (cuts > 0)
                await Task.Delay(TimeSpan.FromSeconds(Math.Pow(2, cuts - 1)), time, cancellationToken).ConfigureAwait(false);
        }

        stream.Flush(flushToDisk: true);
    }

    /// <returns>Why the file is not complete yet; null if it is.</returns>
    private async Task<string?> ReceiveOnceAsync(
        HubListing listing, HubFile file, FileStream stream, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await connection
            .OpenAsync(listing, file, stream.Length, cancellationToken)
            .ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            stream.SetLength(0);
            return "the server refuses the range";
        }

        // A server that does not support ranges sends the whole file again.
        if (response.StatusCode != HttpStatusCode.PartialContent
            || response.Content.Headers.ContentRange?.From is { } from && from != stream.Length)
            stream.SetLength(0);
        if (response.Content.Headers.ContentLength is { } announced && announced != file.Size - stream.Length)
            return $"the server announces {announced} bytes, but by the listing there should be {file.Size - stream.Length}";
        stream.Seek(0, SeekOrigin.End);
        try
        {
            using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            byte[] buffer = new byte[1 << 17];
            int read;
            while ((read = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (stream.Length + read > file.Size)
                    return $"the server sends more than the {file.Size} bytes that are listed";
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                Interlocked.Add(ref _fetched, read);
            }
        }
        catch (Exception e) when (e is HttpIOException or HttpRequestException
            || (e is IOException && e.InnerException is System.Net.Sockets.SocketException))
        {
            return $"the connection was cut ({e.Message})";
        }

        return stream.Length == file.Size ? null : "the connection ended early";
    }

    /// <summary>
    /// The SHA-256 of the content, or the SHA-1 by which git names a blob: that of "blob SIZE", a zero byte and the content.
    /// </summary>
    private static async Task<string> HashAsync(string path, HubFile file, CancellationToken cancellationToken)
    {
        using FileStream stream = File.OpenRead(path);
#pragma warning disable CA5350 // Git uses SHA-1. The hub lists large files, such as model weights, with their SHA-256.
        using IncrementalHash hash = IncrementalHash.CreateHash(file.IsSha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        if (!file.IsSha256)
            hash.AppendData(Encoding.ASCII.GetBytes($"blob {stream.Length}\0"));
        byte[] buffer = new byte[1 << 17];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            hash.AppendData(buffer, 0, read);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
