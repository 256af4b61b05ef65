namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>The rows that one side computed, by form, sequence, length and position.</summary>
internal sealed class SideRows(ParityRows rows, RowFile file, int vocabulary) : IDisposable
{
    private readonly Dictionary<(ParityForm, int Length, int Sequence, int Given), ProbeRows> _plain = rows.Probes
        .Where(p => p is { Failure: null, Form: ParityForm.Whole or ParityForm.Vocabulary or ParityForm.Greedy })
        .ToDictionary(p => (p.Form, p.Length, p.Sequence, p.Given));

    internal ParityRows Index => rows;

    /// <summary>The plain rows of a sequence at a length of the ladder; null if they were not computed.</summary>
    internal ProbeRows? Whole(int length, int sequence) => _plain.GetValueOrDefault(
        (sequence == ParitySequences.Vocabulary ? ParityForm.Vocabulary : ParityForm.Whole, length, sequence, length));

    internal ProbeRows? Greedy(int length, int sequence, int given) =>
        _plain.GetValueOrDefault((ParityForm.Greedy, length, sequence, given));

    /// <summary>The row at a position; null if it was not kept.</summary>
    internal float[]? Row(ProbeRows probe, int position)
    {
        int index = probe.Positions.Count - 1;
        while (index >= 0 && probe.Positions[index] != position)
            index--;
        return index < 0 ? null : RowAt(probe, index);
    }

    /// <summary>The row at <c>Positions[index]</c>.</summary>
    internal float[] RowAt(ProbeRows probe, int index)
    {
        float[] row = new float[vocabulary];
        file.Read(probe.FirstRow + index, row);
        return row;
    }

    public void Dispose() => file.Dispose();
}
