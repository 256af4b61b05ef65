using EvalHarness.OnnxRuntimeGenAI.Parity;

namespace EvalHarness.Tests.Engines;

public sealed class ParityRowTests
{
    /// <summary>Centred, the base is [-1, 0, 1] with a spread of sqrt(2/3), and the candidate is off by [0.1, -0.2, 0.1].</summary>
    [Fact]
    public void Difference_OfTwoRows_IsThatOfTheCentredLogits()
    {
        RowDifference difference = RowDifference.Of([1, 2, 3], [6.1f, 6.8f, 8.1f]);
        Assert.Equal(0.2, difference.Largest, 1e-6);
        Assert.Equal(Math.Sqrt(0.06 / 2), difference.Relative, 1e-6);
        Assert.Equal(0.2 / Math.Sqrt(2.0 / 3), difference.LargestRelative, 1e-6);
        Assert.True(difference.SameTop);
        double[] p = Softmax(1, 2, 3), q = Softmax(6.1, 6.8, 8.1);
        Assert.Equal(p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum(), difference.Divergence, 1e-6);
    }

    private static double[] Softmax(params double[] logits)
    {
        double sum = logits.Sum(Math.Exp);
        return [.. logits.Select(l => Math.Exp(l) / sum)];
    }

    [Theory]
    [InlineData(float.NaN, "not finite")]
    [InlineData(float.PositiveInfinity, "not finite")]
    [InlineData(1, "the same for every token")]
    [InlineData(2, null)]
    public void Garbage_OfARow_IsSaid(float last, string? expected) => Assert.Equal(expected, RowDifference.Garbage([1, 1, last]));

    /// <summary>What a device that gives the same memory for every position writes.</summary>
    [Theory]
    [InlineData(new float[] { 1, 2, 3 }, "the logits at positions 0 and 1 are the same to the last bit, after different tokens")]
    [InlineData(new float[] { 1, float.NaN, 3 }, "the logits at position 1 are not finite")]
    [InlineData(new float[] { 1, 2, 3.1f }, null)]
    public void Comparison_RowsThatAreGarbage_AreWrongBesideTheirFigures(float[] second, string? expected)
    {
        using var folder = new TemporaryFolder();
        var sequences = new ParitySequences(new ParityPlan { Tokens = [1, 2] }, vocabulary: 3, []);
        using SideRows left = Rows("left", [[1, 2, 3], [1, 2, 3.1f]]), right = Rows("right", [[1, 2, 3], second]);
        var comparison = new ProbeComparison(left, new ParityBound { Noise = 1 }, sequences);
        Assert.Equal(expected, comparison.Compare(right, right.Index.Probes)!.Wrong);

        SideRows Rows(string name, float[][] rows)
        {
            string path = Path.Combine(folder.Path, name);
            using (RowFile file = RowFile.Create(path, 3))
            {
                foreach (float[] row in rows)
                    file.Add(row);
            }

            var probe = new ProbeRows
            {
                Form = ParityForm.Whole,
                Length = 2,
                Sequence = 0,
                Given = 2,
                Positions = [0, 1],
                FirstRow = 0,
            };
            return new SideRows(Index([probe]), RowFile.Open(path, 3), 3);
        }
    }

    private static ParityRows Index(ProbeRows[] probes) => new()
    {
        Probes = probes,
        NotTried = [],
        Providers = [],
        Runtime = "",
        Capabilities = new(Append: true, Rewind: true, AllRows: true, Batch: true),
        Tokens = 0,
        LoadSeconds = 0,
        Seconds = 0,
    };
}
