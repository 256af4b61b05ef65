using EvalHarness.Results;

namespace EvalHarness.Nightly;

/// <summary>The space that nights take, and what was removed to keep it small.</summary>
/// <param name="Night">Bytes of this night's folder.</param>
/// <param name="All">Bytes of all that is in the folder of nights.</param>
internal sealed record NightDisk(long Night, long All)
{
    /// <summary>The names of the nights that were removed.</summary>
    public IReadOnlyList<string> RemovedNights { get; init; } = [];

    /// <summary>The runs, NIGHT/RUN, whose samples and responses were removed.</summary>
    public IReadOnlyList<string> RemovedSamples { get; init; } = [];
}

/// <summary>Removes what a plan does not keep. Whatever it is cut off at, the next night finishes it.</summary>
internal static class NightPruning
{
    /// <summary>
    /// Begins the name of a night that is being removed. No night and no run has such a name, so nothing takes half a night for one.
    /// </summary>
    private const string Removing = ".removing-";

    /// <param name="root">The folder of all nights.</param>
    /// <param name="removal">What goes.</param>
    /// <param name="time">Says when.</param>
    /// <returns>The names of what was removed now.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: something cannot be removed.</exception>
    internal static async Task<(IReadOnlyList<string> Nights, IReadOnlyList<string> Runs)> RemoveAsync(
        string root, NightRemoval removal, TimeProvider time)
    {
        foreach (string left in Directory.EnumerateDirectories(root, $"{Removing}*").ToArray())
            Delete(left);
        foreach (string night in removal.Nights)
        {
            string going = Path.Combine(root, Removing + Path.GetFileName(night));
            Moving(night, () => Directory.Move(night, going));
            Delete(going);
        }

        var runs = new List<string>();
        foreach (string path in removal.Runs)
        {
            var run = new RunFolder(path);
            if (await run.PruneAsync(time.GetUtcNow()).ConfigureAwait(false))
                runs.Add($"{Path.GetFileName(Path.GetDirectoryName(path))}/{Path.GetFileName(path)}");
        }

        return ([.. removal.Nights.Select(n => Path.GetFileName(n))], runs);
    }

    private static void Delete(string folder) => Moving(folder, () => Directory.Delete(folder, recursive: true));

    private static void Moving(string folder, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException(
                ExitCode.Output, $"{folder}: cannot be removed, as keep in the plan wants it: {e.Message.TrimEnd('.')}", e);
        }
    }
}
