namespace EvalHarness.Tests.Engines.Faults;

/// <summary>A matrix of weights that a row vector is multiplied by: [inputs, outputs], row after row.</summary>
internal sealed record Matrix(int Rows, int Columns, float[] Values)
{
    internal Matrix Times(float factor) => this with { Values = [.. Values.Select(v => v * factor)] };

    /// <summary>Each row times its factor: what a norm's weights do before this matrix.</summary>
    internal Matrix TimesRows(float[] factors) => Of(Rows, Columns, (r, c) => Values[r * Columns + c] * factors[r]);

    internal Matrix Transposed() => Of(Columns, Rows, (r, c) => Values[c * Columns + r]);

    internal Matrix TakeRows(int[] order) => Of(order.Length, Columns, (r, c) => Values[order[r] * Columns + c]);

    internal Matrix TakeColumns(int[] order) => Of(Rows, order.Length, (r, c) => Values[r * Columns + order[c]]);

    /// <summary>The matrices side by side: their outputs one after the other.</summary>
    internal static Matrix Beside(params Matrix[] matrices)
    {
        int rows = matrices[0].Rows;
        IEnumerable<float> values = Enumerable.Range(0, rows)
            .SelectMany(r => matrices.SelectMany(m => m.Values[(r * m.Columns)..((r + 1) * m.Columns)]));
        return new Matrix(rows, matrices.Sum(m => m.Columns), [.. values]);
    }

    internal static Matrix Of(int rows, int columns, Func<int, int, float> value)
    {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.Length; i++)
            values[i] = value(i / columns, i % columns);
        return new Matrix(rows, columns, values);
    }
}
