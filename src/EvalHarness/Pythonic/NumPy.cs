namespace EvalHarness.Pythonic;

/// <summary>Sums numbers in the order in which numpy does, because the last digits of a sum depend on it.</summary>
internal static class NumPy
{
    /// <summary>
    /// <c>np.sum</c> of contiguous doubles. Fewer than 8 values are added one after the other, up to 128 values in eight lanes, and more
    /// values are split into halves that are summed separately.
    /// </summary>
    /// <remarks>Source: numpy's documentation of sum ("pairwise summation"); the block sizes are those of its implementation.</remarks>
    internal static double Sum(ReadOnlySpan<double> values)
    {
        if (values.Length < 8)
        {
            double sum = 0;
            foreach (double value in values)
                sum += value;
            return sum;
        }

        if (values.Length <= 128)
        {
            Span<double> lanes = stackalloc double[8];
            values[..8].CopyTo(lanes);
            int i = 8;
            for (; i < values.Length - (values.Length % 8); i += 8)
            {
                for (int lane = 0; lane < 8; lane++)
                    lanes[lane] += values[i + lane];
            }

            double sum = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
            for (; i < values.Length; i++)
                sum += values[i];
            return sum;
        }

        int half = values.Length / 2;
        half -= half % 8;
        return Sum(values[..half]) + Sum(values[half..]);
    }
}
