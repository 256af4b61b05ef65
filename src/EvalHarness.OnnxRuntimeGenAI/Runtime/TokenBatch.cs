namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>Lays out rows of token ids as the runtime takes a batch.</summary>
internal static class TokenBatch
{
    /// <summary>Joins rows of token ids, each filled up to the same length with the padding token, which the runtime masks.</summary>
    /// <returns>Row after row, <paramref name="longest"/> tokens each.</returns>
    internal static int[] Pad(int[][] rows, int longest, int padding)
    {
        int[] padded = new int[rows.Length * longest];
        Array.Fill(padded, padding);
        for (int row = 0; row < rows.Length; row++)
            rows[row].CopyTo(padded, row * longest);
        return padded;
    }
}
