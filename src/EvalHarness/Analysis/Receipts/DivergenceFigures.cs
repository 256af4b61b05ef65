using System.ComponentModel;
using EvalHarness.Scoring.Metrics;

namespace EvalHarness.Analysis.Receipts;

/// <summary>How far two models lie apart at some of the frozen tokens.</summary>
internal sealed record DivergenceFigures
{
    /// <summary>What errors need, in words.</summary>
    internal static string Needed { get; } = $"an interval needs {TokenDivergence.FewestBlocks} blocks of {TokenDivergence.BlockTokens} "
        + "tokens or more (a beginning that documents share counts once)";

    [Description("Documents with tokens among these")]
    public required int Documents { get; init; }

    [Description("Tokens compared")]
    public required int Tokens { get; init; }

    [Description("Blocks of neighbouring documents from which errors are computed; none below 5")]
    public required int Blocks { get; init; }

    [Description("Kullback-Leibler divergence of the candidate's distribution over the whole vocabulary from the base's, nats, mean")]
    public required Estimate Divergence { get; init; }

    [Description("Median of that divergence over the tokens, nats")]
    public required double Median { get; init; }

    [Description("99th percentile of it, nats")]
    public required double Percentile99 { get; init; }

    [Description("Largest of it, nats")]
    public required double Largest { get; init; }

    [Description("Share of tokens before which both models find the same token the likeliest, 0 to 1")]
    public required Estimate SameTop { get; init; }

    [Description("Perplexity of the base over these tokens")]
    public required Estimate BasePerplexity { get; init; }

    [Description("Perplexity of the candidate over the same tokens")]
    public required Estimate CandidatePerplexity { get; init; }

    [Description("ln(perplexity of the candidate / perplexity of the base), with the error of the differences token by token")]
    public required Estimate LogPerplexityRatio { get; init; }

    [Description("Why there is no interval of the divergence; absent where there is one")]
    public string? WhyNoInterval { get; init; }

    /// <summary>Of the documents that have points; null where none has.</summary>
    /// <param name="documents">The points of each document, with the number of tokens of its own that both models read.</param>
    internal static DivergenceFigures? Of(IEnumerable<(IReadOnlyList<FrozenPoint> Points, int Text)> documents)
    {
        var divergence = new TokenDivergence();
        bool isEmpty = true;
        foreach ((IReadOnlyList<FrozenPoint> points, int text) in documents.Where(d => d.Points.Count > 0))
        {
            foreach (FrozenPoint point in points)
                divergence.Add(point.Difference);
            divergence.EndChunk(text);
            isEmpty = false;
        }

        return isEmpty ? null : Of(divergence.Report());
    }

    private static DivergenceFigures Of(DivergenceReport report) => new()
    {
        Documents = report.Chunks,
        Tokens = report.Tokens,
        Blocks = report.Blocks,
        Divergence = report.Divergence,
        Median = report.Median,
        Percentile99 = report.Percentile99,
        Largest = report.Largest,
        SameTop = report.SameTop,
        BasePerplexity = new Estimate(report.BasePerplexity, report.BasePerplexityStandardError, report.BasePerplexityInterval),
        CandidatePerplexity = new Estimate(
            report.CandidatePerplexity, report.CandidatePerplexityStandardError, report.CandidatePerplexityInterval),
        LogPerplexityRatio = report.LogPerplexityRatio,
        WhyNoInterval = report.Divergence.Interval is not null ? null
            : report.Blocks >= TokenDivergence.FewestBlocks ? "its blocks lie too far apart for an upper bound"
            : $"{Needed}; these {report.Chunks} documents have {report.TextTokens} tokens",
    };
}
