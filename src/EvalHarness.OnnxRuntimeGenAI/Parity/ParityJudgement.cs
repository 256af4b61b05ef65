using System.Globalization;
using EvalHarness.OnnxRuntimeGenAI.Runtime;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>Makes the verdict of what both sides computed.</summary>
internal sealed class ParityJudgement(
    ParityJob baseJob, ParityJob job, SideRows expected, SideRows actual, ParityPrecision basePrecision, ParityPrecision precision)
{
    private readonly List<string> _failures = [];

    internal ParityReport Report(int context, ParitySequences sequences, double seconds)
    {
        var bound = ParityBound.Of(basePrecision, precision);
        var notes = new ParityNotes((baseJob, expected.Index, basePrecision), (job, actual.Index, precision), bound);
        var comparison = new ProbeComparison(expected, bound, sequences);
        bool weightsDiffer = ParityPrecision.HaveOtherWeights(basePrecision, precision);
        // A model of other weights may well go on with other tokens.
        List<ParityProbe> probes =
        [
            .. Compare(comparison, actual).Where(p => !weightsDiffer || p.Form != ParityForm.BatchSteps),
        ];
        List<ParityProbe> own =
            [.. Compare(new ProbeComparison(expected, ParityBound.Of(basePrecision, basePrecision), sequences), expected)];
        if (weightsDiffer)
        {
            // The base says nothing of the candidate's forms then, but the candidate's own plain form does.
            var forms = new ProbeComparison(actual, ParityBound.Of(precision, precision), sequences);
            AddFailures("the candidate does not agree with its own plain form: ", [.. Compare(forms, actual)]);
        }
        else
        {
            AddFailures("", probes);
        }

        bool otherWeights = weightsDiffer && probes.Any(p => p.Share > 1);
        if (probes.Sum(p => p.Rows) == 0)
            _failures.Add("no row was compared");

        AddFailures("the base does not agree with its own plain form: ", own);
        foreach ((string which, SideRows side) in new[] { ("the base", expected), ("the candidate", actual) })
        {
            if (side.Index.Ended is { } ended)
                _failures.Add($"{which}: {ended}");
        }

        AddRefusals("the base", expected);
        AddRefusals("the candidate", actual);
        _failures.AddRange(ProviderProof.Failures(baseJob.Side.Device, expected.Index.Providers).Select(f => $"the base: {f}"));
        _failures.AddRange(ProviderProof.Failures(job.Side.Device, actual.Index.Providers).Select(f => $"the candidate: {f}"));
        return new ParityReport
        {
            Verdict = _failures.Count > 0 ? ParityVerdict.NotParity : otherWeights ? ParityVerdict.OtherWeights : ParityVerdict.Parity,
            Failures = _failures,
            Notes = [.. notes.All(probes, sequences.WholeLength)],
            Bound = bound,
            Base = Describe(baseJob, expected, basePrecision),
            Candidate = Describe(job, actual, precision),
            Probes = [.. probes, .. own.Where(p => p.Form is not (ParityForm.Whole or ParityForm.Vocabulary) || p.IsOutside)],
            NotTried = [.. notes.NotTried()],
            Context = context,
            Seconds = seconds,
        };
    }

    private static IEnumerable<ParityProbe> Compare(ProbeComparison comparison, SideRows side) =>
        from probe in side.Index.Probes
        where probe.Failure is null && probe.Form != ParityForm.Greedy
        group probe by (probe.Form, probe.Length, probe.Batch) into probes
        let compared = comparison.Compare(side, [.. probes])
        where compared is not null
        select compared;

    /// <summary>A sentence for each form, because what is wrong with a form is mostly wrong at several lengths.</summary>
    private void AddFailures(string which, List<ParityProbe> probes)
    {
        foreach (var form in probes.Where(p => p.IsOutside).GroupBy(p => (p.Form, p.Batch)))
        {
            ParityProbe first = form.First(), worst = form.MaxBy(p => p.Relative)!;
            string at = first.FirstDiverging is { } position
                ? $", from position {position} on{(first.LastRight is { } right ? $" ({right} is right)" : "")} at {first.Length} tokens"
                : "";
            string what = form.Select(p => p.Wrong).FirstOrDefault(w => w is not null) ?? string.Create(
                CultureInfo.InvariantCulture,
                $"logits differ by {worst.Relative:0.0e0} of their spread, {form.Max(p => p.Share):0.#} times the bound{at}");
            string words = ParityWords.Of(form.Key.Form, form.Key.Batch);
            _failures.Add($"{which}{words}, at {string.Join(", ", form.Select(p => p.Length))} tokens: {what}");
        }
    }

    /// <summary>What the engine found out on loading and does without is no failure where the runtime refuses it with a message.</summary>
    private void AddRefusals(string which, SideRows side)
    {
        foreach (var probes in side.Index.Probes
            .Where(p => p.Failure is not null && !DoesWithout(side.Index.Capabilities, p.Form))
            .GroupBy(p => (p.Form, p.Batch, p.Failure)))
        {
            string lengths = string.Join(", ", probes.Select(p => p.Length).Distinct());
            _failures.Add($"{which}, {ParityWords.Of(probes.Key.Form, probes.Key.Batch)}, fails at {lengths} tokens: {probes.Key.Failure}");
        }
    }

    private static bool DoesWithout(Capabilities found, ParityForm form) => form switch
    {
        ParityForm.Whole or ParityForm.Vocabulary => false,
        ParityForm.Batch or ParityForm.BatchSteps => !found.Batch,
        ParityForm.Pieces or ParityForm.Steps or ParityForm.Greedy => !found.Append,
        _ => !found.Append || !found.Rewind,
    };

    private static ParitySideReport Describe(ParityJob job, SideRows rows, ParityPrecision precision) => new()
    {
        Side = job.Side,
        Precision = precision,
        Runtime = rows.Index.Runtime,
        Providers = rows.Index.Providers,
        Tokens = rows.Index.Tokens,
        LoadSeconds = rows.Index.LoadSeconds,
        Seconds = rows.Index.Seconds,
    };
}
