using System.Runtime.CompilerServices;

namespace EvalHarness.Results;

/// <summary>A document as several runs answered it.</summary>
/// <param name="Document">Its number.</param>
/// <param name="Rows">One for each run; null where the run has no such document.</param>
internal readonly record struct JoinedSample(long Document, SampleRow?[] Rows);

/// <summary>Reads the samples of a task from several runs side by side, with one row group of each in memory.</summary>
internal static class SampleJoin
{
    /// <param name="runs">The runs; one that has no such task has no documents of it.</param>
    /// <param name="task">The task.</param>
    /// <param name="columns">The columns to read, by their names in the file; the others are read as their defaults.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Every document that a run has, once, in ascending order.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: a run's samples are missing or damaged.</exception>
    internal static async IAsyncEnumerable<JoinedSample> ReadAsync(
        IReadOnlyList<FinishedRun> runs,
        string task,
        IReadOnlyCollection<string> columns,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var streams = new IAsyncEnumerator<SampleRow>?[runs.Count];
        try
        {
            for (int run = 0; run < runs.Count; run++)
            {
                if (!runs[run].Tasks.Contains(task))
                    continue;
                streams[run] = runs[run].Folder
                    .StreamSamplesByDocumentAsync(task, columns, cancellationToken)
                    .GetAsyncEnumerator(cancellationToken);
                await AdvanceAsync(run).ConfigureAwait(false);
            }

            while (Array.Exists(streams, s => s is not null))
            {
                long document = long.MaxValue;
                foreach (IAsyncEnumerator<SampleRow>? stream in streams)
                    document = Math.Min(document, stream?.Current.DocumentId ?? long.MaxValue);
                var rows = new SampleRow?[streams.Length];
                for (int run = 0; run < rows.Length; run++)
                    rows[run] = streams[run]?.Current is { } row && row.DocumentId == document ? row : null;
                yield return new JoinedSample(document, rows);
                for (int run = 0; run < rows.Length; run++)
                {
                    if (rows[run] is not null)
                        await AdvanceAsync(run).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            foreach (IAsyncEnumerator<SampleRow>? stream in streams)
            {
                if (stream is not null)
                    await stream.DisposeAsync().ConfigureAwait(false);
            }
        }

        async ValueTask AdvanceAsync(int run)
        {
            IAsyncEnumerator<SampleRow> stream = streams[run]!;
            if (await stream.MoveNextAsync().ConfigureAwait(false))
                return;
            streams[run] = null;
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }
}
