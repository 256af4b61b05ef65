using EvalHarness.Results;

namespace EvalHarness.Nightly;

/// <summary>What a plan's <c>keep</c> removes of earlier nights.</summary>
/// <param name="Nights">Folders of nights that are removed whole.</param>
/// <param name="Runs">Folders of runs of which only manifest and results stay.</param>
internal sealed record NightRemoval(IReadOnlyList<string> Nights, IReadOnlyList<string> Runs)
{
    /// <param name="keep">Of the plan.</param>
    /// <param name="nights">All nights of the plan with their folders: this one first, then the others, the latest first.</param>
    /// <param name="needed">Paths of the runs that later nights are compared with, as <see cref="RealPath"/> gives them.</param>
    internal static NightRemoval Of(
        PlanKeep keep, IReadOnlyList<(string Folder, Night Night)> nights, IReadOnlySet<string> needed)
    {
        var whole = new List<string>();
        var runs = new List<string>();
        foreach ((int age, (string folder, Night night)) in nights.Index())
        {
            // What was cut off can be continued, and what a link leads to belongs to someone else.
            if (night.Ended is null || IsLink(folder))
                continue;
            string[] own = [.. RunFolders(folder)];
            if (age >= keep.Nights && !own.Any(IsNeeded))
                whole.Add(folder);
            else if (age >= keep.Samples || age >= keep.Nights)
                runs.AddRange(own.Where(r => !IsNeeded(r)));
        }

        return new NightRemoval(whole, runs);

        bool IsNeeded(string run) => needed.Contains(RealPath(run));
    }

    /// <summary>The path of a folder without links and without a separator at its end, whatever name it was given by.</summary>
    internal static string RealPath(string folder)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (Path.GetDirectoryName(full) is not { } parent)
            return full;
        string real = Path.Combine(RealPath(parent), Path.GetFileName(full));
        return new DirectoryInfo(real).ResolveLinkTarget(returnFinalTarget: true) is { } target ? RealPath(target.FullName) : real;
    }

    /// <summary>Every run of a night, also those that another measurement of the same cell took the place of.</summary>
    private static IEnumerable<string> RunFolders(string night) => Directory
        .EnumerateDirectories(Path.GetFullPath(night))
        .Where(f => !IsLink(f) && File.Exists(new RunFolder(f).ManifestFile));

    private static bool IsLink(string folder) => new DirectoryInfo(folder).LinkTarget is not null;
}
