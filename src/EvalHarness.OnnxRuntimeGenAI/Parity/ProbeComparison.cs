using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>Compares the rows of probes with the base's plain rows.</summary>
internal sealed class ProbeComparison(SideRows expected, ParityBound bound, ParitySequences sequences)
{
    /// <param name="side">The side that computed the probes: the candidate, or the base itself.</param>
    /// <param name="probes">Of one form, length and batch.</param>
    /// <returns>Null if the base has none of the rows.</returns>
    internal ParityProbe? Compare(SideRows side, IReadOnlyList<ProbeRows> probes)
    {
        var differences = new List<(int Position, RowDifference Difference)>();
        string? wrong = null;
        foreach (ProbeRows probe in probes)
        {
            var seen = new Dictionary<string, int>();
            int[] tokens = sequences.Tokens(probe.Sequence, probe.Given);
            for (int i = 0; i < probe.Positions.Count; i++)
            {
                int position = probe.Positions[i];
                if (Expected(probe, position) is not { } row)
                    continue;
                if (probe.Form == ParityForm.BatchSteps && Parted(side, probe, i) is { } parted)
                {
                    wrong ??= parted.Length > 0 ? parted : null;
                    break;
                }

                float[] actual = side.RowAt(probe, i);
                if (RowDifference.Garbage(actual) is { } garbage)
                {
                    wrong ??= $"the logits at position {position} are {garbage}";
                    continue;
                }

                if (RowDifference.Garbage(row) is not null)
                    continue;
                differences.Add((position, RowDifference.Of(row, actual)));
                if (position < tokens.Length)
                    wrong ??= Repeated(seen, tokens, position, actual);
            }
        }

        return differences.Count == 0 && wrong is null
            ? null
            : Sum(side, probes[0], [.. differences.OrderBy(d => d.Position)], wrong);
    }

    /// <summary>Rows after different tokens are never equal to the last bit, unless the device gives the same memory again.</summary>
    private static string? Repeated(Dictionary<string, int> seen, int[] tokens, int position, float[] row)
    {
        string hash = Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes<float>(row)));
        return !seen.TryAdd(hash, position) && tokens[seen[hash]] != tokens[position]
            ? $"the logits at positions {seen[hash]} and {position} are the same to the last bit, after different tokens"
            : null;
    }

    private float[]? Expected(ProbeRows probe, int position)
    {
        ProbeRows? plain = probe.Form == ParityForm.BatchSteps
            ? expected.Greedy(probe.Length, probe.Sequence, probe.Given)
            : expected.Whole(probe.Length, probe.Sequence);
        return plain is null ? null : expected.Row(plain, position);
    }

    /// <summary>
    /// Whether a batch went on with another token than the base: the rows behind it are of other tokens. That is right where the base's
    /// two tokens are as close as the bound lets logits move.
    /// </summary>
    /// <returns>Null if the tokens are the same; empty if they parted at a near tie; else what is wrong.</returns>
    private string? Parted(SideRows side, ProbeRows probe, int step)
    {
        ProbeRows greedy = expected.Greedy(probe.Length, probe.Sequence, probe.Given)!;
        int wanted = greedy.Chosen[step], chosen = probe.Chosen[step];
        if (wanted == chosen)
            return null;
        float[]? row = expected.Row(greedy, probe.Given + step - 1);
        return row is not null && row[wanted] - row[chosen] <= 2 * bound.Largest * RowDifference.Spread(row)
            ? ""
            : $"row {probe.Sequence} of the batch goes on with token {chosen} after position {probe.Given + step - 1}, and alone with "
                + $"{wanted}";
    }

    private ParityProbe Sum(SideRows side, ProbeRows first, (int Position, RowDifference Difference)[] rows, string? wrong)
    {
        int diverging = Array.FindIndex(rows, r => Share(r.Difference) > 1);
        double typical = Math.Sqrt(rows.Select(r => r.Difference.Relative * r.Difference.Relative).DefaultIfEmpty(0).Average());
        return new ParityProbe
        {
            OfBase = ReferenceEquals(side, expected),
            Form = first.Form,
            Length = first.Length,
            Batch = first.Batch,
            Rows = rows.Length,
            Divergence = rows.Length == 0 ? 0 : rows.Average(r => r.Difference.Divergence),
            LargestDivergence = rows.Select(r => r.Difference.Divergence).DefaultIfEmpty(0).Max(),
            SameTop = rows.Length == 0 ? 0 : rows.Average(r => r.Difference.SameTop ? 1.0 : 0),
            LargestDifference = rows.Select(r => r.Difference.Largest).DefaultIfEmpty(0).Max(),
            Relative = rows.Select(r => r.Difference.Relative).DefaultIfEmpty(0).Max(),
            Typical = typical,
            Share = rows.Select(r => Share(r.Difference)).DefaultIfEmpty(0).Append(typical / bound.Typical(Math.Max(1, rows.Length))).Max(),
            FirstDiverging = diverging < 0 ? null : rows[diverging].Position,
            LastRight = diverging < 0
                ? null
                : rows[..diverging].Select(r => (int?)r.Position).LastOrDefault(p => p < rows[diverging].Position),
            Wrong = wrong,
        };
    }

    private double Share(RowDifference difference) =>
        Math.Max(difference.Relative / bound.Relative, difference.LargestRelative / bound.Largest);
}
