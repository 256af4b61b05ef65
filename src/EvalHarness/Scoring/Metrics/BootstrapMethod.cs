namespace EvalHarness.Scoring.Metrics;

/// <summary>How the resampled corpora of a bootstrapped standard error are drawn.</summary>
public enum BootstrapMethod
{
    /// <summary>Row by row, with the numbers and as often as lm-evaluation-harness does, so that all digits are the same.</summary>
    Bootstrap,

    /// <summary>Row by row, but less often, because rows times draws are too many.</summary>
    BootstrapCapped,

    /// <summary>By the counts of gold and predicted labels, which have the same distribution and cost no more for more rows.</summary>
    BootstrapCounts,
}
