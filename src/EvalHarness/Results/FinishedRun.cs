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

    /// <summary>The models' names, with the runs' where two models have the same name.</summary>
    public static string[] Labels(IReadOnlyList<FinishedRun> runs)
    {
        string[] models = [.. runs.Select(r => r.Manifest.Model.ModelName)];
        return models.Distinct().Count() == runs.Count ? models : [.. runs.Select(r => $"{r.Manifest.Model.ModelName} ({r.Name})")];
    }
}
