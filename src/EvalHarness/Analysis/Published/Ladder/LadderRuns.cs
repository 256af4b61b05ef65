namespace EvalHarness.Analysis.Published.Ladder;

/// <summary>
/// The measured run, and the runs of changed settings beside it. Ladders of several published scores share them, so that nothing is
/// computed twice. All that they ask together stays below one full run.
/// </summary>
/// <param name="measured">The measured run.</param>
/// <param name="documents">Its documents.</param>
/// <param name="ask">Asks them in another setting.</param>
internal sealed class LadderRuns(LadderSeries measured, LadderDocuments documents, LadderAsk ask)
{
    private readonly Dictionary<string, LadderSeries> _series = new() { [measured.Setting.Options.Hash()] = measured };

    internal LadderDocuments Documents => documents;

    internal LadderSeries Measured => measured;

    /// <summary>Documents that were asked in changed settings, each as often as it was.</summary>
    internal int Asked => _series.Values.Sum(s => s.Asked);

    /// <summary>Documents that may still be asked.</summary>
    internal int Left => documents.Count - 1 - Asked;

    /// <summary>What is known with a rung's change, after what was changed before.</summary>
    internal LadderSeries After(LadderSeries from, LadderRung rung, LadderSetting setting)
    {
        // Another score of the same answers, such as that of another filter, has the same options.
        string hash = setting.Options.Hash();
        if (!_series.TryGetValue(hash, out LadderSeries? series))
            _series[hash] = series = from.After(rung, setting, ask);
        return series;
    }
}
