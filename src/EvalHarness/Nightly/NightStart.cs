namespace EvalHarness.Nightly;

/// <summary>What a start of a night does with a cell.</summary>
internal enum CellStep
{
    /// <summary>Nothing: it is over, and its input is as it was.</summary>
    Stays,

    /// <summary>Slurm is asked how far it is.</summary>
    Waits,

    /// <summary>It is started for the first time.</summary>
    Runs,

    /// <summary>It goes on in its run folder, where answers may already be.</summary>
    GoesOn,

    /// <summary>It is measured anew in another run folder, and the one before stays.</summary>
    RunsAnew,
}

/// <param name="Cell">The cell as the start takes it up.</param>
/// <param name="Step">What is done with it.</param>
/// <param name="Why">In words; null where a cell simply runs, or stays because it finished.</param>
internal sealed record CellStart(NightCell Cell, CellStep Step, string? Why = null)
{
    /// <summary>What is done with it, in words of which the cell is the subject.</summary>
    internal string Does => Step switch
    {
        CellStep.Stays => Cell.Finished ? "stays as it is" : "is not tried again",
        CellStep.Waits => "waits for Slurm",
        CellStep.Runs => "runs",
        CellStep.GoesOn => "goes on",
        _ => $"runs again as {Cell.RunName}",
    };
}

/// <summary>
/// Says what a start of a night that exists already does with each of its cells. <c>nightly --check</c> prints it, and <c>nightly</c> does
/// it.
/// </summary>
internal static class NightStart
{
    /// <param name="night">The night as the start before left it.</param>
    /// <param name="inputs">The inputs of each cell as they are now, by the cell's name.</param>
    /// <param name="again">Whether everything is measured anew.</param>
    /// <param name="isThere">Whether the night's folder has a folder of that name.</param>
    /// <param name="hasResults">Whether the run folder of that name has results.</param>
    internal static IReadOnlyList<CellStart> Of(
        Night night,
        IReadOnlyDictionary<string, CellInputs> inputs,
        bool again,
        Func<string, bool> isThere,
        Func<string, bool> hasResults)
    {
        // A folder that is not there yet may be the one that another cell will have.
        bool IsTaken(string name) => isThere(name) || night.Cells.Any(c => c.Name == name || c.RunName == name);
        return [.. night.Cells.Select(c => Of(c, inputs[c.Name], night.Ended is not null, again, IsTaken, hasResults(c.RunName)))];
    }

    /// <summary>The night with its cells as the start takes them up.</summary>
    /// <param name="night">The night as the start before left it.</param>
    /// <param name="cells">What is done with its cells.</param>
    /// <param name="now">When the start is.</param>
    /// <returns>The very same night where nothing is done.</returns>
    internal static Night Apply(Night night, IReadOnlyList<CellStart> cells, DateTimeOffset now) =>
        cells.All(c => c.Step == CellStep.Stays)
            ? night
            : night with
            {
                Cells = [.. cells.Select(c => c.Cell)],
                // A night that was cut off goes on with the time and space that it has left; one that was over has all of it once more.
                StartedAgain = night.Ended is null ? night.StartedAgain : now,
                Ended = null,
                Gate = null,
                Culprits = null,
            };

    private static CellStart Of(
        NightCell cell, CellInputs now, bool nightEnded, bool again, Func<string, bool> isTaken, bool hasResults)
    {
        if (!cell.AllTries.Any())
        {
            return cell.LeftOut is null ? new CellStart(cell, CellStep.Runs)
                : nightEnded ? new CellStart(cell with { LeftOut = null }, CellStep.Runs, "it was left out before")
                : new CellStart(cell, CellStep.Stays, cell.LeftOut);
        }

        if (again)
            return Anew(cell, isTaken, "--again");
        // Its parts may be computed already. Should they be of other inputs, their merge refuses them.
        if (cell.Waits)
            return new CellStart(cell, CellStep.Waits, cell.AllTries.Last().Slurm);
        if (cell.Inputs.Change(now) is { } change)
            return Anew(cell, isTaken, $"{change} since {cell.RunName} was started");
        if (cell.Finished && !hasResults)
            return new CellStart(Fresh(cell), CellStep.GoesOn, "its results are no longer there");
        bool isMended = cell.HasWrongInput && cell.Inputs != now;
        if (!nightEnded && !isMended)
        {
            return cell.Over
                ? new CellStart(cell, CellStep.Stays, cell.Finished ? null : cell.LeftOut ?? cell.Last!.Error)
                : new CellStart(cell, CellStep.GoesOn, "the night was cut off");
        }

        if (cell.Last is { IsComplete: true })
            return new CellStart(cell, CellStep.Stays);
        return cell.HasWrongInput && !isMended
            ? new CellStart(cell, CellStep.Stays, $"its input is as it was when it failed: {cell.Last!.Error}")
            : new CellStart(Fresh(cell), CellStep.GoesOn, isMended ? "its input has changed since it failed" : Again(cell));
    }

    /// <summary>The cell with tries of its own, in the run folder that it has.</summary>
    private static NightCell Fresh(NightCell cell) => cell with
    {
        Earlier = [.. cell.AllTries],
        Tries = [],
        LeftOut = null,
    };

    private static CellStart Anew(NightCell cell, Func<string, bool> isTaken, string why)
    {
        string name = cell.Name;
        for (int i = 2; isTaken(name); i++)
            name = $"{cell.Name}-{i}";
        NightCell fresh = cell with
        {
            Folder = name == cell.Name ? null : name,
            Inputs = new CellInputs(),
            Tries = [],
            Earlier = [],
            LeftOut = null,
        };
        return new CellStart(fresh, CellStep.RunsAnew, why);
    }

    private static string Again(NightCell cell) => cell switch
    {
        { LeftOut: not null } => "it was left out before",
        { Last: null } => "it was cut off",
        { Last.End: TryEnd.Finished } => "some of its samples errored",
        { Last.End: TryEnd.Crashed } => "it crashed",
        { Last.End: TryEnd.Stalled } => "it hung",
        { Last.End: TryEnd.OutOfTime } => "its time was over",
        { Last.End: TryEnd.OutOfDisk } => "its space was used up",
        _ => $"it failed: {cell.Last.Error}",
    };
}
