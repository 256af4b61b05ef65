using System.Runtime.CompilerServices;

namespace EvalHarness.Results;

public sealed partial class RunFolder
{
    /// <summary>A task's samples, as this or an earlier version wrote them, all of them in memory.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: there are no samples of the task, or the file is damaged.</exception>
    public async Task<IReadOnlyList<SampleRow>> ReadSamplesAsync(string task, CancellationToken cancellationToken)
    {
        var rows = new List<SampleRow>();
        await foreach (SampleRow row in StreamSamplesAsync(task, columns: null, cancellationToken).ConfigureAwait(false))
            rows.Add(row);
        return rows;
    }

    /// <summary>A task's samples in the order of the file, with one row group of it in memory.</summary>
    /// <param name="task">The task.</param>
    /// <param name="columns">The columns to read, by their names in the file; null for all. The others are read as their defaults.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: there are no samples of the task, or the file is damaged.</exception>
    internal async IAsyncEnumerable<SampleRow> StreamSamplesAsync(
        string task, IReadOnlyCollection<string>? columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string file = RequireSamples(task);
        await using SampleReader reader = await OpenSamplesAsync(file, cancellationToken).ConfigureAwait(false);
        for (int group = 0; group < reader.Groups; group++)
        {
            SampleRow[] rows = await ReadingAsync(file, () => reader.ReadAsync(group, columns, cancellationToken)).ConfigureAwait(false);
            for (int row = 0; row < rows.Length; row++)
            {
                SampleRow next = rows[row];
                rows[row] = null!; // Its texts may go while the rest of the group is still read.
                yield return next;
            }
        }
    }

    /// <summary>
    /// As <see cref="StreamSamplesAsync"/>, in ascending order of the documents. Files have that order; one that has not is read as a whole
    /// and sorted.
    /// </summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: there are no samples of the task, or the file is damaged, or has a document twice.
    /// </exception>
    internal async IAsyncEnumerable<SampleRow> StreamSamplesByDocumentAsync(
        string task, IReadOnlyCollection<string>? columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await IsAscendingAsync(task, cancellationToken).ConfigureAwait(false))
        {
            await foreach (SampleRow row in StreamSamplesAsync(task, columns, cancellationToken).ConfigureAwait(false))
                yield return row;
            yield break;
        }

        var rows = new List<SampleRow>();
        await foreach (SampleRow row in StreamSamplesAsync(task, columns, cancellationToken).ConfigureAwait(false))
            rows.Add(row);
        long? last = null;
        foreach (SampleRow row in rows.OrderBy(r => r.DocumentId))
        {
            if (row.DocumentId == last)
                throw new EvalException(ExitCode.Output, $"{SamplesFile(task)}: damaged: document {last} is in it twice");
            last = row.DocumentId;
            yield return row;
        }
    }

    /// <summary>The numbers of the documents that a task's samples have, in the order of the file.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: there are no samples of the task, or the file is damaged.</exception>
    internal async IAsyncEnumerable<long> StreamDocumentsAsync(string task, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string file = RequireSamples(task);
        await using SampleReader reader = await OpenSamplesAsync(file, cancellationToken).ConfigureAwait(false);
        for (int group = 0; group < reader.Groups; group++)
        {
            foreach (long document in
                await ReadingAsync(file, () => reader.ReadDocumentsAsync(group, cancellationToken)).ConfigureAwait(false))
                yield return document;
        }
    }

    private async Task<bool> IsAscendingAsync(string task, CancellationToken cancellationToken)
    {
        long last = long.MinValue;
        await foreach (long document in StreamDocumentsAsync(task, cancellationToken).ConfigureAwait(false))
        {
            if (document <= last)
                return false;
            last = document;
        }

        return true;
    }

    /// <summary>One sample in full: its row group alone is read, and of the other groups at most the numbers of their documents.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: there are no samples of the task, no such document, or the file is damaged.
    /// </exception>
    internal async Task<SampleRow> ReadSampleAsync(string task, long document, CancellationToken cancellationToken)
    {
        string file = RequireSamples(task);
        await using SampleReader reader = await OpenSamplesAsync(file, cancellationToken).ConfigureAwait(false);
        if (await ReadingAsync(file, FindAsync).ConfigureAwait(false) is { } found)
            return found;
        string there = await ReadingAsync(file, DocumentsAsync).ConfigureAwait(false);
        throw new EvalException(ExitCode.Output, $"{file}: has no document {document}; it has {there}");

        async Task<SampleRow?> FindAsync()
        {
            for (int group = 0; group < reader.Groups; group++)
            {
                if (!reader.MayHave(group, document))
                    continue;
                long[] documents = await reader.ReadDocumentsAsync(group, cancellationToken).ConfigureAwait(false);
                if (Array.IndexOf(documents, document) is >= 0 and int row)
                    return await reader.ReadRowAsync(group, row, cancellationToken).ConfigureAwait(false);
            }

            return null;
        }

        async Task<string> DocumentsAsync()
        {
            (long count, long first, long last) = (0, long.MaxValue, long.MinValue);
            for (int group = 0; group < reader.Groups; group++)
            {
                foreach (long other in await reader.ReadDocumentsAsync(group, cancellationToken).ConfigureAwait(false))
                    (count, first, last) = (count + 1, Math.Min(first, other), Math.Max(last, other));
            }

            return count == 0 ? "no documents" : $"{count} documents, with numbers from {first} to {last}";
        }
    }

    private string RequireSamples(string task)
    {
        string file = SamplesFile(task);
        return File.Exists(file)
            ? file
            : throw new EvalException(
                ExitCode.Output, $"{Name}: {Pruned ?? $"has no samples of task {task}; it has {TasksWithSamples()}"}");
    }

    private Task<SampleReader> OpenSamplesAsync(string file, CancellationToken cancellationToken) =>
        ReadingAsync(file, () => SampleReader.OpenAsync(file, cancellationToken));

    private async Task<T> ReadingAsync<T>(string file, Func<Task<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        // Parquet.Net throws anything at a damaged file, from wrong magic bytes to a torn footer.
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException or EvalException))
        {
            throw new EvalException(
                ExitCode.Output,
                $"{file}: damaged: {e.Message.TrimEnd('.')}; run --resume {Name} writes it again from the answers in the folder",
                e);
        }
    }
}
