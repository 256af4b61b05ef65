using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EvalHarness.Analysis.History;
using EvalHarness.Cli.Commands;
using EvalHarness.Files;
using EvalHarness.Html;
using EvalHarness.Nightly;
using EvalHarness.Nightly.Gating;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>A plan's night: cells one after another, each in a process of its own; what was cut off goes on where it was.</summary>
internal sealed class NightRun
{
    /// <summary>A night that was cut off longer ago is over: the next one begins.</summary>
    private static readonly TimeSpan Continued = TimeSpan.FromHours(20);

    private readonly NightlyPlan _plan;
    private readonly IReadOnlyList<PlanCell> _cells;
    private readonly string _root;
    private readonly string _folder;
    private readonly Action<string> _say;
    private Night _night;
    private NightSummary? _summary;

    private NightRun(NightlyPlan plan, IReadOnlyList<PlanCell> cells, string root, string folder, Night night, Action<string> say) =>
        (_plan, _cells, _root, _folder, _night, _say) = (plan, cells, root, folder, night, say);

    internal string Folder => _folder;

    /// <summary>Of the night when it is first asked for, which is when its runs are over.</summary>
    internal NightSummary Summary => _summary ??= new NightSummary(_folder, _night);

    /// <summary>The night to work on: today's, or one that was cut off hours ago, of the very same cells; else a new one.</summary>
    internal static async Task<NightRun> OpenAsync(string planFile, string root, Action<string> say, CancellationToken cancellationToken)
    {
        NightlyPlan plan = SettingsFile.Read<NightlyPlan>(planFile, ExitCode.Usage);
        plan.Gate?.Check(planFile);
        IReadOnlyList<PlanCell> cells = PlanCell.Of(plan, planFile);
        // Before hours of runs, not after them.
        PlanCheck.Require(plan, cells, Names(cells), planFile);
        NoiseFit.RequireModels(plan.Gate?.Noise ?? [], [.. cells.Select(c => EngineFactory.NamesOf(c.ModelPath, c.Device))]);
        byte[] written = await File.ReadAllBytesAsync(planFile, cancellationToken).ConfigureAwait(false);
        (string file, string sha) = (Hash(written), Hash(Encoding.UTF8.GetBytes(string.Join('\n', cells.Select(c => c.Definition)))));
        DateTimeOffset now = TimeProvider.System.GetLocalNow();
        string today = now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        (string Folder, Night Night)[] known = [.. Night.All(root, plan.Name).Where(n => n.Night.PlanSha256 == sha)];
        foreach ((string folder, Night night) in known)
        {
            bool goesOn = night.Ended is null
                ? now - night.Started < Continued
                : Path.GetFileName(folder).StartsWith(today, StringComparison.Ordinal);
            if (goesOn)
            {
                File.Copy(planFile, Path.Combine(folder, "plan.yaml"), overwrite: true);
                Night again = Again(night, cells, folder, say);
                // Other rules judge what was computed; that takes no time.
                again = again.FileSha256 == file ? again : again with { FileSha256 = file, Ended = null, Gate = null };
                return new NightRun(plan, cells, root, folder, again, say);
            }
        }

        string name = today;
        for (int i = 2; Directory.Exists(Path.Combine(root, name)); i++)
            name = $"{today}-{i}";
        var created = new NightRun(plan, cells, root, Path.Combine(root, name), new Night
        {
            Plan = plan.Name,
            PlanSha256 = sha,
            FileSha256 = file,
            Started = now,
            Cells =
            [
                .. cells.Select(c => new NightCell
                {
                    Name = c.Name,
                    Model = c.Model,
                    Device = c.Device,
                    Tasks = c.Tasks,
                    Identity = c.Identity,
                }),
            ],
        }, say);
        Directory.CreateDirectory(created._folder);
        File.Copy(planFile, Path.Combine(created._folder, "plan.yaml"), overwrite: true);
        await created._night.WriteAsync(created._folder).ConfigureAwait(false);
        return created;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>The night with those cells to be run again whose model has other files now; what they computed stays where it is.</summary>
    private static Night Again(Night night, IReadOnlyList<PlanCell> cells, string folder, Action<string> say)
    {
        NightCell[] all =
        [
            .. night.Cells.Select(c =>
            {
                string now = ModelState.Of(EngineFactory.FilesOf(cells.First(p => p.Name == c.Name).ModelPath));
                if (c.ModelState.Length == 0 || c.ModelState == now)
                    return c;
                string name = c.Name;
                for (int i = 2; Directory.Exists(Path.Combine(folder, name)); i++)
                    name = $"{c.Name}-{i}";
                say($"{c.Name}: the model's files have changed since {c.RunName} was started; it runs again as {name}");
                return c with { Folder = name, ModelState = "", Tries = [], LeftOut = null };
            }),
        ];
        return all.SequenceEqual(night.Cells) ? night : night with { Cells = all, Ended = null, Gate = null };
    }

    /// <returns>Whether there was anything to do.</returns>
    internal async Task<bool> ExecuteAsync(CancellationToken cancellationToken)
    {
        if (_night.Ended is not null)
            return false;
        foreach (PlanCell cell in _cells)
        {
            while (!_night.Cells.First(c => c.Name == cell.Name).Over)
                await TryAsync(cell, cancellationToken).ConfigureAwait(false);
        }

        GateReport? gate = null;
        IReadOnlyList<NightCulprit>? culprits = null;
        if (_plan.Gate is { } rules)
        {
            IReadOnlyList<GateCell> cells = new NightBaselines(_root, _folder, _night).Cells(rules.Baseline);
            gate = await GateReport.JudgeAsync(rules, cells, cancellationToken).ConfigureAwait(false);
            var search = new NightCulprits(_folder, _plan.Budget.Cell, _say);
            culprits = rules.Culprit ? await search.FindAsync(gate, cells, cancellationToken).ConfigureAwait(false) : null;
        }

        _night = _night with { Gate = gate, Culprits = culprits, Ended = TimeProvider.System.GetUtcNow() };
        await ReportAsync(cancellationToken).ConfigureAwait(false);
        // Last: a night is over when its reports are there.
        await _night.WriteAsync(_folder).ConfigureAwait(false);
        return true;
    }

    private async Task TryAsync(PlanCell cell, CancellationToken cancellationToken)
    {
        NightCell state = _night.Cells.First(c => c.Name == cell.Name);
        if (state.ModelState.Length == 0)
            state = state with { ModelState = ModelState.Of(EngineFactory.FilesOf(cell.ModelPath)) };
        var run = new RunFolder(Path.Combine(_folder, state.RunName));
        TimeSpan spent = _night.Cells.SelectMany(c => c.Tries).Aggregate(TimeSpan.Zero, (sum, t) => sum + t.Duration);
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
        string[] arguments = File.Exists(run.ManifestFile)
            ? ["run", "--resume", run.FullPath]
            : ["run", "--output", run.FullPath, .. cell.Arguments, .. Decision(state)];
        Task KeepAsync(NightTry seen) => UpdateAsync(state with { Tries = [.. earlier, seen] });
        var watch = new CellWatch(run.FullPath, Path.Combine(_folder, "logs", $"{cell.Name}.log"), _plan.Budget, left, space);
        current = await watch.RunAsync(arguments, current, KeepAsync, cancellationToken).ConfigureAwait(false);
        MachineState after = await MachineState.ReadAsync("/", TimeProvider.System, cancellationToken).ConfigureAwait(false);
        await KeepAsync(current with { TimingDoubt = MachineState.Doubt(before, after) }).ConfigureAwait(false);
        if (current.Error is not null)
            _say($"{cell.Name}: {current.Error}");
    }

    /// <summary>The model's name in manifests, and the device, of each cell by its name.</summary>
    private static Dictionary<string, (string Model, string Device)> Names(IReadOnlyList<PlanCell> cells) =>
        cells.ToDictionary(c => c.Name, c => EngineFactory.NamesOf(c.ModelPath, c.Device));

    private IReadOnlyList<string> Decision(NightCell cell) => NightDecisions.Arguments(
        _plan.Gate,
        cell,
        Names(_cells),
        new NightBaselines(_root, _folder, _night),
        _night.Started);

    private Task UpdateAsync(NightCell cell)
    {
        _night = _night with { Cells = [.. _night.Cells.Select(c => c.Name == cell.Name ? cell : c)] };
        return _night.WriteAsync(_folder);
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        string markdown = Summary.RenderMarkdown();
        byte[] page = Encoding.UTF8.GetBytes(markdown);
        foreach (string? file in (string?[])[Path.Combine(_folder, "summary.md"), _plan.Report.Markdown])
        {
            if (file is null)
                continue;
            await OutputFile.WriteAsync(
                Path.GetFullPath(file),
                async stream => await stream.WriteAsync(page, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }

        foreach (string? file in (string?[])[Path.Combine(_folder, "junit.xml"), _plan.Report.Junit])
        {
            if (file is not null)
                await JUnitFile.WriteAsync(file, NightSummary.Cases(_night), _night.Started).ConfigureAwait(false);
        }

        await GateCommand.AddToStepSummaryAsync(markdown).ConfigureAwait(false);
        if (_plan.Report.Html)
            await WritePagesAsync(cancellationToken).ConfigureAwait(false);
        if (_plan.Report.History is not { } history)
            return;
        IReadOnlyList<HistoryEntry> entries = await HistoryIndex.UpdateAsync(_root, _say, cancellationToken).ConfigureAwait(false);
        await HistoryPage.WriteAsync(HistorySeries.Of(entries), history, TimeProvider.System, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A page per run, beside its baseline where the two can be compared.</summary>
    private async Task WritePagesAsync(CancellationToken cancellationToken)
    {
        foreach (GateCell cell in new NightBaselines(_root, _folder, _night).Cells(_plan.Gate?.Baseline))
        {
            string page = Path.Combine(cell.Candidate.FullPath, "report.html");
            RunFolder[] runs = [.. cell.Baselines.Take(1), cell.Candidate];
            try
            {
                await HtmlReport.WriteAsync(runs, page, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
            catch (EvalException e) when (e.ExitCode == ExitCode.Incomparable)
            {
                _say($"{cell.Name}: its page is without the baseline: {e.Message}");
                await HtmlReport.WriteAsync([cell.Candidate], page, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>A regression weighs more than a run that did not finish, and that more than a gate that could not decide.</summary>
    internal ExitCode ExitCode => _night.Gate?.ExitCode == ExitCode.Regression ? ExitCode.Regression
        : _night.Cells.Any(c => !c.Finished) ? ExitCode.NightIncomplete
        : _night.Cells.Any(c => c.Last!.ExitCode != 0) ? ExitCode.SamplesErrored
        : _night.Gate?.ExitCode ?? ExitCode.Success;

    internal string Json() => JsonSerializer.Serialize(_night, ResultsJson.Indented) + "\n";
}
