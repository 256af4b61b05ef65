using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Published.Ladder;

/// <summary>A rung that is tried: its documents, paired with the same ones before the change, and what they say so far.</summary>
internal sealed class RungTrial
{
    private readonly LadderDocuments _documents;
    private readonly LadderSeries _before;
    private readonly LadderSetting _was;
    private readonly double _gap;
    private readonly double _level;
    private readonly SequentialMean _towards;
    private (double Effect, Interval Interval)? _average;
    private int _looked;

    /// <param name="rung">What is changed.</param>
    /// <param name="runs">The runs so far.</param>
    /// <param name="before">The run of the setting before the change.</param>
    /// <param name="was">That setting.</param>
    /// <param name="gap">The published score minus the one before the change, 1 for 100 points; not 0.</param>
    /// <param name="level">The level of each side of the interval.</param>
    internal RungTrial(LadderRung rung, LadderRuns runs, LadderSeries before, LadderSetting was, double gap, double level)
    {
        (Rung, _documents, _before, _was, _gap, _level) = (rung, runs.Documents, before, was, gap, level);
        Setting = rung.Change(was);
        Series = runs.After(before, rung, Setting);
        Bound = _documents.LargestWeight(was.TasksCountTheSame);
        _towards = new SequentialMean(Math.Min(1, Math.Abs(gap)), level, Bound);
    }

    internal LadderRung Rung { get; }

    /// <summary>The setting after the change.</summary>
    internal LadderSetting Setting { get; }

    internal LadderSeries Series { get; }

    private double Bound { get; }

    /// <summary>Why it could not be tried, or not any further; null where it could.</summary>
    internal string? Failure { get; private set; }

    /// <summary>Documents that are compared: those with a score before or after the change.</summary>
    internal int Compared { get; private set; }

    /// <summary>Documents that were asked for this rung.</summary>
    internal int Rows { get; private set; }

    /// <summary>Compared documents that only the run after the change lost. They count as if nothing had moved them.</summary>
    internal int Errored { get; private set; }

    /// <summary>Whether it takes no documents that are not known.</summary>
    internal bool IsFree => ReferenceEquals(Series, _before);

    /// <summary>Whether more documents could be compared.</summary>
    internal bool CanGrow => Failure is null && _average is null && _looked < _documents.Count && !IsFree;

    /// <summary>The estimate of the effect, positive towards the published score; 1 for 100 points.</summary>
    internal double Towards => _average is { } average ? Math.Sign(_gap) * average.Effect : _towards.Mean;

    /// <summary>The interval of the effect, positive towards the published score.</summary>
    internal Interval Interval => _average is not { Interval: var own } ? _towards.Interval()
        : _gap > 0 ? own
        : new Interval(-own.High, -own.Low);

    internal RungVerdict Verdict =>
        Compared == 0 || IsLost ? RungVerdict.NotTried : RungVerdicts.Of(Interval, Math.Abs(_gap));

    /// <summary>Whether so many documents errored that the others say nothing of the setting.</summary>
    private bool IsLost => Errored > 0 && !IsFree && 2 * Errored > Series.Asked;

    /// <summary>Asks up to a number of documents, and compares what is known then.</summary>
    /// <param name="runs">The runs, which say how many may still be asked.</param>
    /// <param name="cost">The most documents to ask.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal async Task GrowAsync(LadderRuns runs, int cost, CancellationToken cancellationToken)
    {
        int asked = runs.Asked;
        // What another ladder has asked already is there for nothing.
        int known = IsFree ? _before.Known : Series.Known > _looked ? Series.Known : Series.Reach(cost);
        await Series.ExtendAsync(known, cancellationToken).ConfigureAwait(false);
        Rows += runs.Asked - asked;
        Failure = Series.Failure;
        Compare();
        if (Failure is null && IsLost)
            Failure = $"{Errored} of {Series.Asked} documents errored, the first one: {Series.Rows.First(r => r.Error.Length > 0).Error}";
    }

    private void Compare()
    {
        int known = Math.Min(Series.Known, _before.Known);
        if (Setting.TasksCountTheSame != _was.TasksCountTheSame)
        {
            _average = AverageEffect.Of(_documents, place => _before[place]?.Score(_was.Key), Setting.TasksCountTheSame, _level);
            Compared = known;
            return;
        }

        double mean = _before.Rows.Select(r => r.Score(_was.Key)).OfType<double>().DefaultIfEmpty(0).Average();
        for (; _looked < known && Failure is null; _looked++)
        {
            double? was = _before[_looked]?.Score(_was.Key), now = Series[_looked]?.Score(Setting.Key);
            if (was is null && now is null)
                continue;
            Compared++;
            Errored += was is not null && now is null ? 1 : 0;
            // A document that is lost enters no score, as if it had the mean of the others.
            double moved = now is null ? 0 : now.Value - (was ?? mean);
            double towards = Math.Sign(_gap) * _documents.Weight(_looked, _was.TasksCountTheSame) * moved;
            if (Math.Abs(towards) > Bound)
                Failure = $"its scores are not between 0 and 1: {now}";
            else
                _towards.Add(towards);
        }
    }
}
