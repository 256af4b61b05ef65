using System.Globalization;
using System.Text.Json;
using EvalHarness.Analysis.History;
using EvalHarness.Cli.Slurm;
using EvalHarness.Files;
using EvalHarness.Nightly;
using EvalHarness.Nightly.Gating;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>A plan's night: cells one after another, each in a process of its own; what was cut off goes on where it was.</summary>
internal sealed class NightRun
{
    private readonly NightOpening _opening;
    private readonly NightlyPlan _plan;
    private readonly string _root;
    private readonly string _folder;
    private readonly Action<string> _say;
    private readonly LiveLine _live;
    private Night _night;
    private NightSummary? _summary;

    /// <param name="opening">What the start found.</param>
    /// <param name="root">The folder of all nights.</param>
    /// <param name="say">Gets a line for each step.</param>
    /// <param name="live">Shows how far the run is that is computed now.</param>
    internal NightRun(NightOpening opening, string root, Action<string> say, LiveLine live)
    {
        _live = live;
        (_opening, _plan, _root, _folder, _say) = (opening, opening.Plan.Plan, root, opening.Folder, say);
        _night = opening.Night;
    }

    /// <summary>Of the night when it is first asked for, which is when its runs are over.</summary>
    internal NightSummary Summary => _summary ??= new NightSummary(_folder, _night);

    private NightCell StateOf(PlanCell cell) => _night.Cells.First(c => c.Name == cell.Name);

    private bool IsOnSlurm(PlanCell cell) => _opening.PlaceOf(StateOf(cell)).IsSlurm;

    /// <returns>Whether there was anything to do.</returns>
    internal async Task<bool> ExecuteAsync(CancellationToken cancellationToken)
    {
        if (_night.Ended is not null)
            return false;
        Directory.CreateDirectory(_folder);
        await OutputFile.WriteAsync(
            Path.GetFullPath(Path.Combine(_folder, "plan.yaml")),
            stream => stream.WriteAsync(_opening.Plan.Content, cancellationToken).AsTask()).ConfigureAwait(false);
        await _night.WriteAsync(_folder).ConfigureAwait(false);
        foreach (CellStart cell in _opening.Cells.Where(c => c.Why is not null && c.Step != CellStep.Stays))
            _say($"{cell.Cell.Name}: {cell.Why}; it {cell.Does}");

        // A cluster computes while this machine does.
        foreach (PlanCell cell in _opening.Plan.Cells.OrderBy(c => !IsOnSlurm(c)))
        {
            if (_opening.Problems.TryGetValue(cell.Name, out EvalException? problem))
                await FailAsync(cell, problem).ConfigureAwait(false);
            bool waits = false;
            while (!StateOf(cell).Over && !waits)
            {
                if (IsOnSlurm(cell))
                    waits = await AskSlurmAsync(cell, cancellationToken).ConfigureAwait(false);
                else
                    await TryAsync(cell, cancellationToken).ConfigureAwait(false);
            }
        }

        // It is judged by the start that finds the last of its runs merged.
        if (_night.Waits)
            return true;
        GateReport? gate = null;
        IReadOnlyList<NightCulprit>? culprits = null;
        if (_plan.Gate is { } rules)
        {
            (gate, IReadOnlyList<GateCell> cells) = await JudgeAsync(rules, cancellationToken).ConfigureAwait(false);
            var search = new NightCulprits(_folder, _plan.Budget.Cell, _say);
            culprits = rules.Culprit ? await search.FindAsync(gate, cells, cancellationToken).ConfigureAwait(false) : null;
        }

        _night = _night with { Gate = gate, Culprits = culprits, Ended = TimeProvider.System.GetUtcNow() };
        _night = _night with { Disk = await DiskAsync(cancellationToken).ConfigureAwait(false) };
        var reports = new NightReports(_plan, _root, _folder, _say);
        await reports.WriteAsync(_night, Summary, cancellationToken).ConfigureAwait(false);
        // Last: a night is over when its reports are there.
        await _night.WriteAsync(_folder).ConfigureAwait(false);
        return true;
    }

    /// <summary>What cannot be judged is undecided: a damaged file of an old night takes nothing from this night's results.</summary>
    private async Task<(GateReport Gate, IReadOnlyList<GateCell> Cells)> JudgeAsync(GateRules rules, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<GateCell> cells = new NightBaselines(_root, _folder, _night).Cells(rules.Baseline);
            return (await GateReport.JudgeAsync(rules, cells, cancellationToken).ConfigureAwait(false), cells);
        }
        catch (EvalException e)
        {
            _say($"the gate cannot judge: {e.Message}");
            return (GateReport.Unable(rules, e.Message), []);
        }
    }

    private async Task<NightDisk> DiskAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> nights = [], runs = [];
        try
        {
            (nights, runs) = await PruneAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (EvalException e)
        {
            _say($"old nights stay: {e.Message}");
        }

        return new NightDisk(CellWatch.SizeOf(_folder), CellWatch.SizeOf(_root)) { RemovedNights = nights, RemovedSamples = runs };
    }

    private async Task<(IReadOnlyList<string> Nights, IReadOnlyList<string> Runs)> PruneAsync(CancellationToken cancellationToken)
    {
        if (_plan.Keep is not ({ Nights: not null } or { Samples: not null }))
            return ([], []);
        // The history keeps what it has read, and needs samples for the steps of scores.
        await HistoryIndex.UpdateAsync(_root, _say, cancellationToken).ConfigureAwait(false);
        IEnumerable<(string Folder, Night Night)> own = Night
            .All(_root, _plan.Name)
            .Where(n => IsOther(n.Folder, n.Night))
            .OrderByDescending(n => n.Night.Started)
            .Prepend((Folder: _folder, Night: _night));
        var removal = NightRemoval.Of(
            _plan.Keep,
            [.. own],
            new NightBaselines(_root, _folder, _night).Needed(_plan.Gate?.Baseline));
        return await NightPruning.RemoveAsync(_root, removal, TimeProvider.System).ConfigureAwait(false);
    }

    /// <summary>Whether it is another night of this plan. One of the same name that has no run in common is another plan's.</summary>
    private bool IsOther(string folder, Night night) => Path.GetFullPath(folder) != Path.GetFullPath(_folder)
        && night.Cells.Any(c => _night.Cells.Any(o => o.Name == c.Name));

    /// <summary>A cell that is known to fail is not started: its process would read everything before it says so.</summary>
    private async Task FailAsync(PlanCell cell, EvalException problem)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        var failed = new NightTry
        {
            Started = now,
            Seen = now,
            End = TryEnd.NotStarted,
            ExitCode = (int)problem.ExitCode,
            Error = problem.Message,
        };
        NightCell state = StateOf(cell);
        await UpdateAsync(state with { Inputs = _opening.Plan.InputsOf(cell), Tries = [.. state.Tries, failed] }).ConfigureAwait(false);
        _say($"{cell.Name}: {problem.Message}");
    }

    /// <summary>Submits a cell, or asks how far it is.</summary>
    /// <returns>Whether it waits; else this try has ended.</returns>
    private async Task<bool> AskSlurmAsync(PlanCell cell, CancellationToken cancellationToken)
    {
        NightCell state = StateOf(cell);
        string folder = Path.Combine(_folder, state.RunName);
        bool isSubmitted = SubmittedRun.IsIn(folder);
        NightTry? waiting = state.Waits ? state.Tries[^1] : null;
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        NightTry current = waiting ?? new NightTry
        {
            Started = now,
            Seen = now,
            Slurm = "not submitted",
        };
        IReadOnlyList<NightTry> earlier = [.. state.Tries.Where(t => t != waiting)];
        if (!isSubmitted)
            state = state with { Inputs = _opening.Plan.InputsOf(cell) };
        await UpdateAsync(state with { Tries = [.. earlier, current] }).ConfigureAwait(false);
        void Say(string text) => _say($"{cell.Name}: {text}");
        if (waiting is null)
            Say($"Slurm{(state.Last is null ? "" : ", once more")}");
        var slurm = new SlurmCell(cell, folder, Say);
        current = waiting is null || !isSubmitted
            ? await slurm.SubmitAsync(current, cancellationToken).ConfigureAwait(false)
            : await slurm.LookAsync(current, cancellationToken).ConfigureAwait(false);
        await UpdateAsync(state with { Tries = [.. earlier, current] }).ConfigureAwait(false);
        if (current.Error is not null)
            Say(current.Error);
        return current.Waits;
    }

    private async Task TryAsync(PlanCell cell, CancellationToken cancellationToken)
    {
        NightCell state = StateOf(cell);
        var run = new RunFolder(Path.Combine(_folder, state.RunName));
        // A run in parts has no manifest before all are merged.
        bool hasParts = PartsFolder.IsIn(run.FullPath);
        if (!run.HasRun && !hasParts)
            state = state with { Inputs = _opening.Plan.InputsOf(cell) };
        TimeSpan spent = _night.Cells
            .SelectMany(c => c.AllTries)
            .Where(t => t.Slurm is null)
            .Where(t => _night.StartedAgain is not { } start || t.Started >= start)
            .Aggregate(TimeSpan.Zero, (sum, t) => sum + t.Duration);
        TimeSpan? left = _plan.Budget.Night.Minutes is { } minutes ? TimeSpan.FromMinutes(minutes) - spent : null;
        long Others() => CellWatch.SizeOf(_folder) - CellWatch.SizeOf(run.FullPath);
        long? space = _plan.Budget.Night.Megabytes is { } megabytes ? (long)(megabytes * 1e6) - Others() : null;
        if (_plan.Budget.Exhausted(left, space, CellWatch.Free(_folder)) is { Why: var leftOut })
        {
            await UpdateAsync(state with { LeftOut = leftOut }).ConfigureAwait(false);
            _say($"{cell.Name}: left out: {leftOut}");
            return;
        }

        await CellWatch.WaitForFolderAsync(run, cancellationToken).ConfigureAwait(false);
        MachineState before = await MachineState.ReadAsync("/", TimeProvider.System, cancellationToken).ConfigureAwait(false);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        var current = new NightTry { Started = now, Seen = now };
        IReadOnlyList<NightTry> earlier = state.Tries;
        await UpdateAsync(state with { Tries = [.. earlier, current] }).ConfigureAwait(false);
        _say($"{cell.Name}{(state.Last is null ? "" : ": once more")}");
        string[] processes = cell.Place.Count == 1 ? [] : [PartsStart.Option, cell.Place.Count.ToString(CultureInfo.InvariantCulture)];
        string[] arguments = File.Exists(run.ManifestFile) || hasParts
            ? ["run", "--resume", run.FullPath]
            : ["run", "--output", run.FullPath, .. cell.Arguments, .. processes, .. Decision(state)];
        Task KeepAsync(NightTry seen) => UpdateAsync(state with { Tries = [.. earlier, seen] });
        string log = Path.Combine(_folder, "logs", $"{state.RunName}.log");
        var watch = new CellWatch(run.FullPath, log, _plan.Budget, left, space, report => _live.Show($"{cell.Name}: {report}"));
        current = await watch.RunAsync(arguments, current, KeepAsync, cancellationToken).ConfigureAwait(false);
        _live.Clear();
        MachineState after = await MachineState.ReadAsync("/", TimeProvider.System, cancellationToken).ConfigureAwait(false);
        await KeepAsync(current with { TimingDoubt = MachineState.Doubt(before, after) }).ConfigureAwait(false);
        if (current.Error is not null)
            _say($"{cell.Name}: {current.Error}");
    }

    private IReadOnlyList<string> Decision(NightCell cell) => NightDecisions.Arguments(
        _plan.Gate,
        cell,
        _opening.Plan.Names,
        new NightBaselines(_root, _folder, _night),
        _night.Started);

    private Task UpdateAsync(NightCell cell)
    {
        _night = _night with { Cells = [.. _night.Cells.Select(c => c.Name == cell.Name ? cell : c)] };
        return _night.WriteAsync(_folder);
    }

    /// <summary>
    /// A regression weighs more than a run that did not finish, that more than a gate that could not decide, and that more than samples
    /// that errored.
    /// </summary>
    internal ExitCode ExitCode => _night.Gate?.ExitCode == ExitCode.Regression ? ExitCode.Regression
        : _night.Cells.Any(c => !c.Finished || c.Waits) ? ExitCode.NightIncomplete
        : _night.Gate is { ExitCode: not ExitCode.Success and var code } ? code
        : _night.Cells.Any(c => c.Last!.ExitCode != 0) ? ExitCode.SamplesErrored
        : ExitCode.Success;

    /// <summary>Of the exit codes of several nights, the one that weighs most.</summary>
    internal static ExitCode Worst(IReadOnlyList<ExitCode> codes) =>
        ((ExitCode[])[ExitCode.Regression, ExitCode.NightIncomplete, ExitCode.Inconclusive, ExitCode.SamplesErrored, ExitCode.Success])
        .First(codes.Contains);

    internal string Json() => JsonSerializer.Serialize(_night, ResultsJson.Indented) + "\n";
}
