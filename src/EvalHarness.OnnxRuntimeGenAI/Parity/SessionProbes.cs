using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Planning;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>Computes sequences in sessions of one sequence, in each form that the engine uses.</summary>
internal sealed class SessionProbes(LoadedModel model, ParitySequences sequences, Action<ProbeRows, IEnumerable<float[]>> add)
{
    /// <summary>The size of the pieces of <see cref="ParityForm.Pieces"/>.</summary>
    private const int PieceLength = 96;

    private readonly int _whole = sequences.WholeLength;

    internal void Whole(int length, int sequence) => Probe(ParityForm.Whole, length, sequence, (session, tokens, keep) =>
        Append(session, tokens, 0, tokens.Length, _whole, keep));

    internal void Vocabulary(int length) => Probe(ParityForm.Vocabulary, length, ParitySequences.Vocabulary, (session, tokens, keep) =>
        Append(session, tokens, 0, tokens.Length, _whole, keep));

    internal void Pieces(int length) => Probe(ParityForm.Pieces, length, 0, (session, tokens, keep) =>
    {
        // Two tokens first, so that no piece of this form begins where one of the plain form does.
        Append(session, tokens, 0, 2, _whole, keep);
        Append(session, tokens, 2, tokens.Length, PieceLength, keep);
    });

    internal void Steps(int length) => Probe(ParityForm.Steps, length, 0, (session, tokens, keep) =>
    {
        int prompt = tokens.Length - ParitySequences.Steps(length);
        Append(session, tokens, 0, prompt, _whole, keep);
        Append(session, tokens, prompt, tokens.Length, 1, keep);
    });

    internal void Rewind(int length) => Probe(ParityForm.Rewind, length, 0, (session, tokens, keep) =>
    {
        int half = tokens.Length / 2;
        Append(session, tokens, 0, half, _whole, keep: null);
        session.Append(ParitySequences.Detour(tokens, half));
        session.RewindTo(half);
        Append(session, tokens, half, tokens.Length, _whole, keep);
    });

    internal void RewindAfterSteps(int length) => Probe(ParityForm.RewindAfterSteps, length, 0, (session, tokens, keep) =>
    {
        int prompt = tokens.Length - ParitySequences.Steps(length);
        Append(session, tokens, 0, prompt, _whole, keep: null);
        Append(session, [.. tokens[..prompt], .. ParitySequences.Detour(tokens, prompt)], prompt, tokens.Length, 1, keep: null);
        session.RewindTo(prompt);
        Append(session, tokens, prompt, tokens.Length, _whole, keep);
    });

    internal void StepsAfterRewind(int length) => Probe(ParityForm.StepsAfterRewind, length, 0, (session, tokens, keep) =>
    {
        int prompt = tokens.Length - ParitySequences.Steps(length);
        Append(session, tokens, 0, prompt, _whole, keep: null);
        session.Append(ParitySequences.Detour(tokens, prompt));
        session.RewindTo(prompt);
        Append(session, tokens, prompt, tokens.Length, 1, keep);
    });

    internal void RewindToFirst(int length) => Probe(ParityForm.RewindToFirst, length, 0, (session, tokens, keep) =>
    {
        session.Append(tokens.AsSpan(0, 1));
        session.Append(ParitySequences.Detour(tokens, 1));
        session.RewindTo(1);
        Append(session, tokens, 1, tokens.Length, _whole, keep);
    });

    /// <summary>Continues a prompt by its likeliest tokens, one by one, and keeps the prompt's last row and theirs.</summary>
    internal void Greedy(int length, int sequence, int given)
    {
        var rows = new List<float[]>();
        var chosen = new List<int>();
        using ModelSession session = model.NewSession(given + ParitySequences.Generated);
        session.Append(sequences.Tokens(sequence, given));
        rows.Add(session.ReadRows().Last.ToArray());
        for (int i = 0; i < ParitySequences.Generated; i++)
        {
            int next = Engines.LogSoftmax.ArgMax(rows[^1]);
            chosen.Add(next);
            session.Append([next]);
            rows.Add(session.ReadRows().Last.ToArray());
        }

        var probe = new ProbeRows
        {
            Form = ParityForm.Greedy,
            Length = length,
            Sequence = sequence,
            Given = given,
            Positions = [.. Enumerable.Range(given - 1, rows.Count)],
            Chosen = chosen,
            FirstRow = 0,
        };
        add(probe, rows);
    }

    private void Probe(ParityForm form, int length, int sequence, Action<ModelSession, int[], Keep> compute)
    {
        int[] kept = sequences.Positions(length);
        var rows = new SortedDictionary<int, float[]>();
        using ModelSession session = model.NewSession(length);
        compute(session, sequences.Tokens(sequence, length), (from, count) =>
        {
            int[] here = [.. kept.Where(p => p >= from && p < from + count).Select(p => p - from)];
            if (here.Length == 0)
                return;
            foreach ((int index, float[] row) in session.ReadRows(here))
                rows[from + index] = row;
        });
        var probe = new ProbeRows
        {
            Form = form,
            Length = length,
            Sequence = sequence,
            Given = length,
            Positions = [.. rows.Keys],
            FirstRow = 0,
        };
        add(probe, rows.Values);
    }

    private static void Append(ModelSession session, int[] tokens, int from, int to, int most, Keep? keep)
    {
        foreach (int length in most == 1 ? Enumerable.Repeat(1, to - from) : PrefixPlan.Pieces(to - from, most))
        {
            session.Append(tokens.AsSpan(from, length));
            keep?.Invoke(from, length);
            from += length;
        }
    }

    /// <summary>Keeps the rows of the append of <paramref name="count"/> tokens that began at position <paramref name="from"/>.</summary>
    private delegate void Keep(int from, int count);
}
