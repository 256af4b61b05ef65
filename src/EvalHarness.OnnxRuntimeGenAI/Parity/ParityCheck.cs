using System.Diagnostics;
using EvalHarness.OnnxRuntimeGenAI.Inspection;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>Computes the rows of one side: here, or in a process of its own.</summary>
/// <param name="job">What to compute, and the file for the rows.</param>
/// <param name="progress">Receives what is being computed, in words.</param>
/// <param name="cancellationToken">Stops between probes.</param>
internal delegate ParityRows ParityRunner(ParityJob job, IProgress<string>? progress, CancellationToken cancellationToken);

/// <summary>
/// Says whether two sides compute the same: the base computes each sequence plainly, the candidate computes the same tokens in every form
/// that the engine uses, and the logits are compared.
/// </summary>
internal static class ParityCheck
{
    /// <summary>The shortest length, in tokens.</summary>
    internal const int Shortest = 16;

    private const int Growth = 4;

    /// <summary>The share of the time that the base has; the candidate has what is left of all.</summary>
    private const double BaseShare = 0.35;

    /// <param name="base">The side to compare with.</param>
    /// <param name="candidate">The side that is judged.</param>
    /// <param name="plan">What both compute.</param>
    /// <param name="progress">Receives what is being computed, in words; null for none.</param>
    /// <param name="runner">Computes a side; null for this process, which then holds one model after the other.</param>
    /// <param name="cancellationToken">Stops between probes.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: a model does not load. <see cref="ExitCode.Incomparable"/>: the vocabularies have different sizes.
    /// </exception>
    internal static ParityReport Run(
        ParitySide @base,
        ParitySide candidate,
        ParityPlan plan,
        IProgress<string>? progress = null,
        ParityRunner? runner = null,
        CancellationToken cancellationToken = default)
    {
        ModelConfig left = ModelConfig.Read(@base.Folder), right = ModelConfig.Read(candidate.Folder);
        if (left.VocabularySize != right.VocabularySize)
        {
            throw new EvalException(
                ExitCode.Incomparable,
                $"{@base.Folder} has {left.VocabularySize} tokens, {candidate.Folder} {right.VocabularySize}: "
                + "their logits cannot be compared");
        }

        ParityPrecision basePrecision = ParityPrecision.Of(@base.Folder), precision = ParityPrecision.Of(candidate.Folder);
        int context = Math.Min(plan.MaxContext ?? int.MaxValue, Math.Min(left.ContextLength, right.ContextLength));
        DirectoryInfo folder = Directory.CreateTempSubdirectory("evalharness-parity-");
        try
        {
            long start = Stopwatch.GetTimestamp();
            int[] padding = [.. new[] { left.PadId, right.PadId }.OfType<int>()];
            var sequences = new ParitySequences(plan, left.VocabularySize, padding);
            ParityJob job = new()
            {
                Side = @base,
                IsBase = true,
                ComputesAllPlainly = true,
                Plan = plan,
                Sequences = sequences.Identity,
                Padding = padding,
                Lengths = Lengths(context, [.. basePrecision.Windows, .. precision.Windows]),
                Seconds = BaseShare * plan.Seconds,
                RowFile = Path.Combine(folder.FullName, "base.rows"),
            };
            runner ??= (task, told, token) => SideRun.Compute(task, length => told?.Report($"{length} tokens"), computed: null, token);
            ParityRows baseRows = runner(job, progress, cancellationToken);
            ParityJob other = job with
            {
                Side = candidate,
                IsBase = false,
                ComputesAllPlainly = ParityPrecision.HaveOtherWeights(basePrecision, precision),
                Lengths =
                [
                    .. baseRows.Probes
                        .Where(p => p is { Form: ParityForm.Whole, Failure: null })
                        .Select(p => p.Length)
                        .Distinct(),
                ],
                Seconds = plan.Seconds - baseRows.Seconds,
                RowFile = Path.Combine(folder.FullName, "candidate.rows"),
            };
            ParityRows rows = runner(other, progress, cancellationToken);
            using var expected = new SideRows(baseRows, RowFile.Open(job.RowFile, left.VocabularySize), left.VocabularySize);
            using var actual = new SideRows(rows, RowFile.Open(other.RowFile, left.VocabularySize), left.VocabularySize);
            return new ParityJudgement(job, other, expected, actual, basePrecision, precision)
                .Report(context, sequences, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>16, 64, 256 and so on up to the context, the context itself, and lengths behind the windows of attention.</summary>
    internal static IReadOnlyList<int> Lengths(int context, IReadOnlyList<int> windows)
    {
        var lengths = new SortedSet<int> { context };
        for (long length = Shortest; length < context; length *= Growth)
            lengths.Add((int)length);
        lengths.UnionWith(windows.Select(w => (2 * w) + 5).Where(l => l > Shortest && l < context));
        return [.. lengths];
    }
}
