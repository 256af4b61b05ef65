using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Nightly.Gating;

/// <summary>What noise files say about one run. A file that cannot be used makes the checks that it is for inconclusive.</summary>
internal sealed class CellNoise
{
    private readonly FinishedRun _run;
    private readonly List<(string File, NoiseFloor Floor)> _floors = [];

    /// <summary>Why a file cannot be read; it may be for any check then.</summary>
    private readonly string? _unreadable;

    /// <param name="files">The files.</param>
    /// <param name="run">The run.</param>
    internal CellNoise(IReadOnlyList<string> files, FinishedRun run)
    {
        _run = run;
        foreach (string file in files)
        {
            try
            {
                var floor = NoiseFloor.Read(file);
                if (NoiseFit.IsOf(floor, run))
                    _floors.Add((file, floor));
            }
            catch (EvalException e)
            {
                _unreadable ??= e.Message;
            }
        }
    }

    /// <summary>Why the noise of a score is not known although a file is there for it; null where it is known, or no file is.</summary>
    internal string? Doubt(ScoreRow row) => _unreadable ?? _floors
        .Select(f => NoiseFit.Misfit(f.File, f.Floor, _run, _run.Report.Leaves(row.Name)) ?? Part(f.File, f.Floor, row))
        .FirstOrDefault(m => m is not null);

    /// <summary>Says that a file has only some tasks of a group.</summary>
    private string? Part(string file, NoiseFloor floor, ScoreRow row)
    {
        IReadOnlyList<string> tasks = _run.Report.Leaves(row.Name);
        int known = floor.Known(tasks, row.Key).Count();
        return known == 0 || known == tasks.Count ? null
            : $"{file}: has the noise of {known} of the {tasks.Count} tasks of {row.Name}; expected all of them; run "
                + $"'{Invocation.Command} noise' with --tasks {row.Name}";
    }

    /// <summary>The noise of a score by the file that has most of it; null where no file measures that score.</summary>
    internal RunNoise? Of(ScoreRow row) =>
        _floors.Select(f => f.Floor.Of(_run.Report, row)).Where(n => n is not null).MaxBy(n => n!.Reach(Interval.Level95));
}
