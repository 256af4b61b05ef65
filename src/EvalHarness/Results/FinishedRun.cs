namespace EvalHarness.Results;

/// <summary>A finished run with its manifest and its results, each read once. Samples are read task by task, and not kept.</summary>
internal sealed class FinishedRun
{
    private FinishedRun(RunFolder folder) => (Folder, Manifest, Report) = (folder, folder.ReadManifest(), folder.ReadResults());

    public RunFolder Folder { get; }

    /// <summary>The folder, as the user wrote it.</summary>
    public string Name => Folder.Name;

    public Manifest Manifest { get; }

    public RunReport Report { get; }

    /// <summary>Tasks in the order of the run.</summary>
    public IEnumerable<string> Tasks => Manifest.Tasks.Select(t => t.Name);

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the run has not finished, or a file of it is damaged.</exception>
    public static FinishedRun Read(RunFolder folder) => new(folder);

    /// <returns>The task's samples of each run, in the order of the runs; none where a run has no such task.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: a run's samples are missing or damaged.</exception>
    internal static async Task<IReadOnlyList<IReadOnlyList<SampleRow>>> ReadSamplesAsync(
        IReadOnlyList<FinishedRun> runs, string task, CancellationToken cancellationToken)
    {
        var samples = new List<IReadOnlyList<SampleRow>>();
        foreach (FinishedRun run in runs)
            samples.Add(run.Tasks.Contains(task) ? await run.Folder.ReadSamplesAsync(task, cancellationToken).ConfigureAwait(false) : []);
        return samples;
    }
}
