using EvalHarness.OnnxRuntimeGenAI.Runtime;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>What a reader of the verdict should know besides, in sentences.</summary>
internal sealed class ParityNotes(
    (ParityJob Job, ParityRows Rows, ParityPrecision Precision) @base,
    (ParityJob Job, ParityRows Rows, ParityPrecision Precision) candidate,
    ParityBound bound)
{
    private (string Which, ParityRows Rows)[] Sides => [("the base", @base.Rows), ("the candidate", candidate.Rows)];

    /// <param name="probes">The candidate against the base.</param>
    /// <param name="most">The most tokens that are appended at once.</param>
    internal IEnumerable<string> All(List<ParityProbe> probes, int most)
    {
        foreach ((string which, ParityRows side) in Sides)
        {
            string avoided = string.Join(" and ", Avoided(side.Capabilities));
            if (avoided.Length > 0)
                yield return $"the engine itself finds on loading {which} that {avoided} fail, and works without";
        }

        if (probes.Any(p => p.Length > most))
            yield return $"more than {most} tokens are appended in parts of that length, because the logits of more do not fit";
        double worst = probes.Where(p => p.Wrong is null).Select(p => p.Relative).DefaultIfEmpty(0).Max();
        foreach ((string option, ParityJob job, ParityPrecision precision) in new[]
            {
                ("--base-provider-option", @base.Job, @base.Precision), ("--provider-option", candidate.Job, candidate.Precision),
            })
        {
            if (job.Side.Device == "cuda" && probes.Any(p => p.Share > 1) && worst < bound.Relative + ParityBound.OfTensorFloat(precision))
            {
                yield return "the difference is as large as that of TF32, which the CUDA provider multiplies float32 matrices in by "
                    + $"default; try {option} use_tf32=0";
            }
        }
    }

    internal IEnumerable<string> NotTried() =>
        from side in Sides
        from tried in side.Rows.NotTried
            // What both sides say is said once, of the candidate.
            .Where(n => ReferenceEquals(side.Rows, candidate.Rows) || !candidate.Rows.NotTried.Contains(n))
            .GroupBy(n => (n.Length, n.Why))
        let forms = string.Concat(tried.Where(n => n.Form is not null).Select(n => $", {ParityWords.Of(n.Form!.Value, 1)}"))
        select $"{tried.Key.Length} tokens{forms} ({side.Which}): {tried.Key.Why}";

    private static IEnumerable<string> Avoided(Capabilities found)
    {
        if (!found.Append)
            yield return "several appends";
        if (found.Append && !found.Rewind)
            yield return "rewinds";
        if (!found.AllRows)
            yield return "rows of all tokens";
        if (!found.Batch)
            yield return "batches";
    }
}
