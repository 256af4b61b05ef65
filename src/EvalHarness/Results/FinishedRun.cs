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
}
