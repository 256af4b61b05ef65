namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>How far the logits of two sides may lie apart if both compute the same mathematics in the precision of their graphs.</summary>
/// <remarks>
/// Rounding errors of independent signs add up as the square root of their number (Higham, Accuracy and Stability of Numerical
/// Algorithms, 2nd edition, section 2.8). The residual stream takes two rounded sums a layer, and each of the products behind them sums up
/// Width terms in float32, whatever the type of what is stored. So the relative error of the centred logits is about
/// roundoff * sqrt(2 * layers + 1) for what is stored, and 2^-24 * sqrt(width * (2 * layers + 1)) for the sums: the noise. The factors
/// stand for what a model makes of an error on its way to the logits. They were measured on pairs of the same mathematics in other forms
/// (reports/2026-11-28-parity.md of the benchmarks): with 16 bits, rows lie 1.4 to 2.5 times the noise apart in their mean, the furthest of
/// a pair 3 to 10 times. An error of 1% in one matrix of one layer moves them by 2 to 15 times the noise of 16 bits, all rows alike, so
/// that it is the mean which tells the two apart, and the bound of a row need not be narrow.
/// </remarks>
internal sealed record ParityBound
{
    private const double RowFactor = 16;

    private const double TypicalFactor = 2.5;

    /// <summary>The largest of many differences is this many times their root mean square, for vocabularies of up to a million.</summary>
    private const double LargestFactor = 8;

    /// <summary>The size of rounding errors, as a share of the root mean square of the centred logits.</summary>
    public required double Noise { get; init; }

    /// <summary>The most that the root mean square of the difference of a row may be, as a share of that of the centred logits.</summary>
    public double Relative => RowFactor * Noise;

    /// <summary>The most that one logit of a row may differ, as a share of the same.</summary>
    public double Largest => LargestFactor * Relative;

    internal static ParityBound Of(ParityPrecision a, ParityPrecision b)
    {
        double sums = Math.Max(Growth(a), Growth(b));
        double stored = Math.Max(a.Roundoff * Math.Sqrt((2 * a.Layers) + 1), b.Roundoff * Math.Sqrt((2 * b.Layers) + 1));
        return new ParityBound { Noise = stored + (Math.Pow(2, -24) * sums) };
    }

    /// <summary>The most that the root mean square of the differences of several rows may be: the fewer rows, the more it varies.</summary>
    /// <param name="rows">The number of rows, 1 or more.</param>
    internal double Typical(int rows) => TypicalFactor * Noise * (1 + (1 / Math.Sqrt(rows)));

    /// <summary>What rounding the terms of float32 products to TF32 adds, which has as many digits as float16.</summary>
    internal static double OfTensorFloat(ParityPrecision side) => RowFactor * Math.Pow(2, -11) * Math.Sqrt((2 * side.Layers) + 1);

    private static double Growth(ParityPrecision side) => Math.Sqrt(side.Width * ((2.0 * side.Layers) + 1));
}
