using System.Globalization;
using EvalHarness.Cli.Slurm;
using EvalHarness.Nightly;
using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>What a start of a plan finds: the night to work on, what is done with each cell, and what is known to go wrong.</summary>
internal sealed record NightOpening
{
    /// <summary>A night that was cut off longer ago is over: the next one begins.</summary>
    private static readonly TimeSpan Continued = TimeSpan.FromHours(20);

    internal required NightPlan Plan { get; init; }

    /// <summary>The night's folder, which is not there yet if the night is new.</summary>
    internal required string Folder { get; init; }

    /// <summary>The night as this start takes it up.</summary>
    internal required Night Night { get; init; }

    internal required IReadOnlyList<CellStart> Cells { get; init; }

    /// <summary>What was found in the data of the cells that are run, by their names.</summary>
    internal required IReadOnlyDictionary<string, CellData> Data { get; init; }

    /// <summary>What is known to keep cells from running, by their names.</summary>
    internal required IReadOnlyDictionary<string, EvalException> Problems { get; init; }

    /// <summary>What a user should know of the plan's rules.</summary>
    internal required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Folders of nights of the very same cells that wait for Slurm and are too old to be today's, the earliest first.</summary>
    internal static IReadOnlyList<string> Waiting(NightPlan plan, string root)
    {
        DateTimeOffset now = TimeProvider.System.GetLocalNow();
        IEnumerable<string> waiting = Night.All(root, plan.Plan.Name)
            .Where(n => n.Night.PlanSha256 == plan.CellsSha256 && n.Night.Waits && now - n.Night.Seen >= Continued)
            .Select(n => n.Folder);
        return [.. waiting.Reverse()];
    }

    /// <summary>
    /// Finds the night to work on: today's, or one that was cut off hours ago, of the very same cells; else a new one. Nothing is written.
    /// </summary>
    /// <param name="plan">A plan without problems.</param>
    /// <param name="root">The folder of all nights.</param>
    /// <param name="again">Whether everything of today's night is measured anew.</param>
    /// <param name="older">One of <see cref="Waiting"/>, to work on that; null for today's.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal static async Task<NightOpening> FindAsync(
        NightPlan plan, string root, bool again, string? older, CancellationToken cancellationToken)
    {
        DateTimeOffset now = TimeProvider.System.GetLocalNow();
        (string folder, Night night) = older is null ? Find(plan, root, now) : (older, Night.Read(older));
        IReadOnlyList<CellStart> cells = NightStart.Of(
            night,
            // An older night is only brought to its end: what is another model by now is measured in today's.
            older is null ? plan.Cells.ToDictionary(c => c.Name, plan.InputsOf) : night.Cells.ToDictionary(c => c.Name, c => c.Inputs),
            again && older is null,
            isThere: name => Directory.Exists(Path.Combine(folder, name)),
            hasResults: name => File.Exists(new RunFolder(Path.Combine(folder, name)).ResultsFile));
        Night started = NightStart.Apply(night, cells, now);
        // Other rules judge what was computed; that takes no time.
        if (started.FileSha256 != plan.FileSha256)
        {
            started = started with
            {
                FileSha256 = plan.FileSha256,
                Ended = null,
                Gate = null,
                Culprits = null,
            };
        }

        // What waits for Slurm has read its data there.
        CellStart[] starting = [.. cells.Where(c => c.Step is not (CellStep.Stays or CellStep.Waits))];
        IReadOnlyDictionary<string, CellData> data = await PlanData
            .ReadAsync(
                starting.Select(c => plan.Cell(c.Cell.Name)).Select(c => (c, plan.TasksOf(c))),
                TimeSpan.FromMinutes(plan.Plan.Budget.StalledMinutes),
                TimeProvider.System,
                cancellationToken)
            .ConfigureAwait(false);
        return new NightOpening
        {
            Plan = plan,
            Folder = folder,
            Night = started,
            Cells = cells,
            Data = data,
            Problems = starting
                .Select(c => (c.Cell.Name, Problem: Missing(plan, folder, c.Cell) ?? data[c.Cell.Name].Problem))
                .Where(c => c.Problem is not null)
                .ToDictionary(c => c.Name, c => c.Problem!),
            Warnings = plan.Plan.Gate is { } rules
                ? RuleRows.Warnings(rules, [.. cells.Select(c => RuleCell(plan, c.Cell, folder, data.GetValueOrDefault(c.Cell.Name)))])
                : [],
        };
    }

    /// <summary>A cell with the documents that it will evaluate, or has evaluated.</summary>
    private static RuleCell RuleCell(NightPlan plan, NightCell cell, string folder, CellData? data)
    {
        var run = new RunFolder(Path.Combine(folder, cell.RunName));
        IReadOnlyDictionary<string, int> rows = data?.Rows
            ?? (File.Exists(run.ManifestFile)
                ? run.ReadManifest().Tasks.ToDictionary(t => t.Name, t => t.Documents)
                : CellData.Unknown.Rows);
        (string model, string device) = plan.Names[cell.Name];
        return new RuleCell(cell.Name, model, device, plan.TasksOf(plan.Cell(cell.Name)), rows);
    }

    private static EvalException? Missing(NightPlan plan, string folder, NightCell started)
    {
        PlanCell cell = plan.Cell(started.Name);
        if (EngineFactory.WhyMissing(cell.Options, cell.Downloads) is { } why)
            return new EvalException(ExitCode.Model, why);
        return PlaceOf(plan, folder, started).IsSlurm ? SlurmSubmission.WhyImpossible() : null;
    }

    /// <summary>Where a cell is computed: a run that has begun goes on where it began, whatever the plan says now.</summary>
    internal PlanPlace PlaceOf(NightCell cell) => PlaceOf(Plan, Folder, cell);

    private static PlanPlace PlaceOf(NightPlan plan, string folder, NightCell cell)
    {
        var run = new RunFolder(Path.Combine(folder, cell.RunName));
        PlanPlace planned = plan.Cell(cell.Name).Place;
        if (SubmittedRun.IsIn(run.FullPath))
            return planned.IsSlurm ? planned : new PlanPlace { Where = PlanWhere.Slurm };
        return planned.IsSlurm && (run.HasRun || PartsFolder.IsIn(run.FullPath)) ? new PlanPlace() : planned;
    }

    private static (string Folder, Night Night) Find(NightPlan plan, string root, DateTimeOffset now)
    {
        string today = now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        foreach ((string folder, Night night) in Night.All(root, plan.Plan.Name).Where(n => n.Night.PlanSha256 == plan.CellsSha256))
        {
            bool goesOn = night.Ended is null
                ? now - night.Seen < Continued
                : Path.GetFileName(folder).StartsWith(today, StringComparison.Ordinal);
            if (goesOn)
                return (folder, night);
        }

        string name = today;
        for (int i = 2; Directory.Exists(Path.Combine(root, name)); i++)
            name = $"{today}-{i}";
        return (Path.Combine(root, name), new Night
        {
            Plan = plan.Plan.Name,
            PlanSha256 = plan.CellsSha256,
            FileSha256 = plan.FileSha256,
            Started = now,
            Cells =
            [
                .. plan.Cells.Select(c => new NightCell
                {
                    Name = c.Name,
                    Model = c.Model,
                    Device = c.Device,
                    Tasks = c.Tasks,
                    Identity = c.Identity,
                }),
            ],
        });
    }
}
