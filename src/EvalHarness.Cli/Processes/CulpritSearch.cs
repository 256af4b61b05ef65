using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Nightly.Culprits;
using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>
/// Finds which change moved the rows that flipped between two runs: runs these rows again as the candidate was, with each change set back
/// alone, and with all set back at once. Each run is a process of its own.
/// </summary>
/// <param name="before">The base.</param>
/// <param name="after">The candidate.</param>
/// <param name="places">Where to look for what the base had, and where the runs go.</param>
/// <param name="runs">The number of runs of the candidate as it is, 1 or more.</param>
/// <param name="say">Gets a line for each run as it starts.</param>
internal sealed class CulpritSearch(
    FinishedRun before, FinishedRun after, CulpritPlaces places, int runs, Action<string> say)
{
    private readonly RunChanges _changes = new(before.Manifest, after.Manifest, places);

    /// <param name="scores">Which score of which tasks is looked at.</param>
    /// <param name="most">The most flipped rows to run again, and the most others.</param>
    /// <param name="seed">Draws them where there are more.</param>
    /// <param name="cancellationToken">Stops; the same search takes up the runs that it made.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Incomparable"/>: the candidate itself cannot be run again as it was.
    /// </exception>
    internal async Task<CulpritReport> FindAsync(
        IReadOnlyList<(string Task, string Key)> scores, int most, long seed, CancellationToken cancellationToken)
    {
        CulpritRows rows = await CulpritRows.ChooseAsync(before, after, scores, most, seed, cancellationToken).ConfigureAwait(false);
        var report = new CulpritReport
        {
            Base = before.Name,
            Candidate = after.Name,
            Compared = rows.Compared,
            Flipped = rows.Flipped,
            Repeats = [],
            Changes = [],
        };
        if (rows.Flipped == 0)
            return await KeepAsync(report.Decide()).ConfigureAwait(false);
        await KeepAsync(report).ConfigureAwait(false);
        IReadOnlyList<RunChange> found = await _changes.FindAsync(cancellationToken).ConfigureAwait(false);
        var repeats = new List<CulpritTrial>();
        foreach (int number in Enumerable.Range(1, runs))
        {
            CulpritTrial repeat = await TryAsync("nothing", $"nothing-{number}", [], rows, cancellationToken).ConfigureAwait(false);
            repeats.Add(repeat.Failure is { } failure
                ? throw new EvalException(
                    ExitCode.Incomparable, $"{after.Name}: cannot be run again as it was, so nothing can be compared with it: {failure}")
                : repeat);
        }

        var changes = new List<CulpritTrial>();
        foreach (RunChange change in found)
        {
            CulpritTrial trial = change.SetBack is null
                ? new CulpritTrial { Name = change.Name, Failure = change.Stays }
                : await TryAsync(change.Name, change.Name.TrimStart('-'), [change], rows, cancellationToken).ConfigureAwait(false);
            changes.Add(trial with { Change = change });
        }

        RunChange[] back = [.. changes.Where(c => c.Failure is null).Select(c => c.Change!)];
        CulpritTrial? all = back.Length == 0
            ? null
            : await TryAsync("all of these", "all", back, rows, cancellationToken).ConfigureAwait(false);
        return await KeepAsync((report with { Repeats = repeats, Changes = changes, All = all }).Decide()).ConfigureAwait(false);
    }

    /// <summary>Runs the rows with some changes set back, and reads what became of them.</summary>
    private async Task<CulpritTrial> TryAsync(
        string name, string folder, IReadOnlyList<RunChange> back, CulpritRows rows, CancellationToken cancellationToken)
    {
        var trial = new CulpritTrial { Name = name };
        IEnumerable<string> tasks = (back.Any(c => c.Kind == ChangeKind.Tasks) ? before : after).Tasks;
        RunOptions options = back.Aggregate(_changes.Candidate, (o, change) => change.SetBack!(o));
        options = options with { Limit = null, Samples = rows.Samples(tasks) };
        say($"set back: {name}");
        using var said = new StringWriter();
        RunFolder run;
        try
        {
            string path = Path.Combine(places.Folder, folder.Replace(' ', '-'));
            (int code, run) = await ChildRun.MeasureAsync(path, options, [], "", said, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (code is not ((int)ExitCode.Success or (int)ExitCode.SamplesErrored))
                return trial with { Failure = $"its run ended with exit code {code}: {ChildRun.LastLine(said)}" };
        }
        catch (EvalException e) when (e.ExitCode is ExitCode.Model or ExitCode.Usage)
        {
            return trial with { Failure = e.Message };
        }

        return Difference(run.ReadManifest(), back) is { } failure
            ? trial with { Failure = failure }
            : await trial.ReadAsync(run, rows, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes what is known so far. From the first run on, the file tells these runs from others.</summary>
    private async Task<CulpritReport> KeepAsync(CulpritReport report)
    {
        string file = Path.Combine(Path.GetFullPath(places.Folder), RunFolder.CulpritFile);
        await OutputFile
            .WriteAsync(file, stream => JsonSerializer.SerializeAsync(stream, report, ResultsJson.Indented))
            .ConfigureAwait(false);
        return report;
    }

    /// <summary>
    /// How a run differs from what it was meant to be: paths are only names, and the files behind them may have changed since. Null where
    /// it is what it was meant to be.
    /// </summary>
    private string? Difference(Manifest run, IReadOnlyList<RunChange> back)
    {
        bool IsBack(ChangeKind kind) => back.Any(c => c.Kind == kind);
        Manifest Meant(ChangeKind kind) => (IsBack(kind) ? before : after).Manifest;
        string Owner(ChangeKind kind) => (IsBack(kind) ? before : after).Name;
        if (!RunChanges.Hashes(run.Model.Files).SequenceEqual(RunChanges.Hashes(Meant(ChangeKind.Model).Model.Files)))
            return $"the files of {run.Options.Model} are no longer those that {Owner(ChangeKind.Model)} ran";
        TaskRecord[] tasks = [.. Meant(ChangeKind.Tasks).Tasks];
        if (_changes.HasKnownDefinitions(back)
            && run.Tasks.FirstOrDefault(t => tasks.Any(m => m.Name == t.Name && m.Sha256 != t.Sha256)) is { } task)
            return $"the definition of {task.Name} is no longer that of {Owner(ChangeKind.Tasks)}";
        // Files beside a task file come with it.
        if (!IsBack(ChangeKind.Tasks) && EarlierData.ChangedSplits(Meant(ChangeKind.Data), run) is [var data, ..])
            return $"the files of {data.Before.Path} are no longer those that {Owner(ChangeKind.Data)} read";
        return null;
    }
}
