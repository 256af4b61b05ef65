namespace EvalHarness.Scoring.Metrics;

/// <summary>What an aggregation makes of the scores of all documents.</summary>
/// <param name="Value">Null where the metric is not defined for these scores.</param>
/// <param name="StandardError">Null where it has none.</param>
internal sealed record CorpusScore(double? Value, double? StandardError = null)
{
    /// <summary>How the standard error was drawn; null where it was not drawn.</summary>
    internal BootstrapMethod? Method { get; init; }

    /// <summary>How many corpora were drawn.</summary>
    internal int? Draws { get; init; }
}
