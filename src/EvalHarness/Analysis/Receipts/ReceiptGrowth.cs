using System.ComponentModel;
using System.Text.Json;
using EvalHarness.Engines;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Receipts;

/// <summary>How much longer a candidate's completions are than the base's, over the documents that both answered.</summary>
internal sealed record ReceiptGrowth
{
    private static readonly string[] Columns = ["doc_id", "completions", "prompt_tokens", "completion_tokens", "finish_reasons", "error"];

    /// <summary>The reasons as samples have them.</summary>
    private static readonly string[] AtLimit =
    [
        .. ((FinishReason[])[FinishReason.Length, FinishReason.ContextFull])
            .Select(r => JsonNamingPolicy.SnakeCaseLower.ConvertName($"{r}")),
    ];

    public required string Task { get; init; }

    [Description("Documents that both runs answered")]
    public required int Documents { get; init; }

    [Description("Tokens of a completion of the base, mean; absent where its run counted none")]
    public double? BaseTokens { get; init; }

    [Description("Tokens of a completion of the candidate, mean; absent where its run counted none")]
    public double? CandidateTokens { get; init; }

    [Description("The candidate's tokens over the base's; absent where the base has none, or where a run counted none")]
    public double? Growth { get; init; }

    [Description("95% interval of the growth, document by document")]
    public Interval? GrowthInterval { get; init; }

    [Description("Why there is no growth, or no interval of it; absent where there are both")]
    public string? WhyNoInterval { get; init; }

    [Description("Share of the base's completions that ended at the limit of tokens or of the context, 0 to 1")]
    public required double BaseCutOff { get; init; }

    [Description("The same share of the candidate's")]
    public required double CandidateCutOff { get; init; }

    [Description("95% interval of the difference of these shares, candidate minus base, document by document")]
    public Interval? CutOffInterval { get; init; }

    [Description("Why there is no such interval; absent where there is one")]
    public string? WhyNoCutOffInterval { get; init; }

    [Description("The most tokens that the base's task lets a completion have; absent where its results do not say")]
    public int? Limit { get; init; }

    /// <returns>Null for a task of which both runs have no completions.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: samples are missing or damaged.</exception>
    internal static async Task<ReceiptGrowth?> OfAsync(
        FinishedRun left, FinishedRun right, string task, CancellationToken cancellationToken)
    {
        List<PairedRow> lengths = [], cut = [];
        bool baseCounts = false, candidateCounts = false;
        await foreach (JoinedSample sample in
            SampleJoin.ReadAsync([left, right], task, Columns, cancellationToken).ConfigureAwait(false))
        {
            if (sample.Rows is not [{ } a, { } b] || !IsAnswered(a) || !IsAnswered(b))
                continue;
            // No prompt is without a token: recordings of runs that counted none have 0 for prompts too.
            baseCounts |= a.PromptTokens.Sum() > 0;
            candidateCounts |= b.PromptTokens.Sum() > 0;
            lengths.Add(new PairedRow(0, a.CompletionTokens.Average(), b.CompletionTokens.Average()));
            cut.Add(new PairedRow(0, CutOff(a), CutOff(b)));
        }

        if (lengths.Count == 0)
            return null;
        PairedRatio ratio = baseCounts && candidateCounts
            ? PairedRatio.Of(lengths, sameWeights: false)
            : new PairedRatio(null, null, $"the run of the {(baseCounts ? "candidate" : "base")} counted no tokens");
        // More cut-off completions count as a loss, so that the loss is candidate minus base.
        Interval? difference = new PairedRows(cut, higherIsBetter: false, sameWeights: false).Test()?.Interval(Interval.Level95);
        return new ReceiptGrowth
        {
            Task = task,
            Documents = lengths.Count,
            BaseTokens = baseCounts ? lengths.Average(r => r.Base) : null,
            CandidateTokens = candidateCounts ? lengths.Average(r => r.Candidate) : null,
            Growth = ratio.Value,
            GrowthInterval = ratio.Interval,
            WhyNoInterval = ratio.WhyNone,
            BaseCutOff = cut.Average(r => r.Base),
            CandidateCutOff = cut.Average(r => r.Candidate),
            CutOffInterval = difference,
            WhyNoCutOffInterval = difference is null ? "a single document does not say how much the shares vary" : null,
            Limit = left.Report.Harness.Generation.GetValueOrDefault(task)?.Limit,
        };
    }

    private static bool IsAnswered(SampleRow row) => row.Completions.Count > 0 && row.Completions.Count == row.CompletionTokens.Count
        && row.FinishReasons.Count == row.Completions.Count && row.Error is null;

    private static double CutOff(SampleRow row) => row.FinishReasons.Average(r => AtLimit.Contains(r) ? 1.0 : 0);
}
