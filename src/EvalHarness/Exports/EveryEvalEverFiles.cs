using EvalHarness.Results;

namespace EvalHarness.Exports;

/// <summary>
/// Writes the records of a run in the layout of Every Eval Ever's datastore: <c>data/NAME/DEVELOPER/MODEL/ID.json</c> and, beside it,
/// <c>ID_samples.jsonl</c>. Samples are read once for each task, row by row.
/// </summary>
/// <param name="folder">The folder in which <c>data</c> stands.</param>
/// <param name="evaluator">Who evaluated.</param>
/// <param name="now">When the records are made.</param>
internal sealed class EveryEvalEverFiles(string folder, Evaluator evaluator, DateTimeOffset now)
{
    /// <returns>The number of records.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: a file cannot be written, or the samples are damaged.</exception>
    public async Task<int> WriteAsync(ExportedRun run, CancellationToken cancellationToken)
    {
        int records = 0;
        foreach (IGrouping<string, ScoreRow> rows in run.Rows.GroupBy(r => r.Name))
        {
            var files = rows.Select(row => new ScoreFiles(folder, run, row, EveryEvalEver.LogOf(run, row, evaluator, now))).ToList();
            try
            {
                if (run.Run.Report.Members(rows.Key) is null)
                    await WriteSamplesAsync(run, rows.Key, files, cancellationToken).ConfigureAwait(false);
                foreach (ScoreFiles file in files)
                    await file.WriteLogAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                foreach (ScoreFiles file in files)
                    await file.DisposeAsync().ConfigureAwait(false);
            }

            records += files.Count;
        }

        return records;
    }

    private static async Task WriteSamplesAsync(
        ExportedRun run, string task, IReadOnlyList<ScoreFiles> files, CancellationToken cancellationToken)
    {
        string delimiter = run.Run.Report.Config(task).TargetDelimiter;
        await foreach (SampleRow row in run.Run.Folder.StreamSamplesAsync(task, columns: null, cancellationToken).ConfigureAwait(false))
        {
            var sample = new ExportedSample(row, delimiter);
            foreach (ScoreFiles file in files)
                await file.WriteAsync(sample, cancellationToken).ConfigureAwait(false);
        }

        foreach (ScoreFiles file in files)
            await file.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }
}
