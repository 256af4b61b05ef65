namespace EvalHarness.Scoring.Metrics;

/// <summary>Keeps all scores for a function that nothing is known of.</summary>
internal sealed class ScoresStatistic(Func<IReadOnlyList<object?>, double> function) : CorpusStatistic
{
    private readonly List<object?> _scores = [];

    protected override void Keep(object? score) => _scores.Add(score);

    protected override Func<ReadOnlySpan<int>, double> Statistic() => _ => function(_scores);
}
