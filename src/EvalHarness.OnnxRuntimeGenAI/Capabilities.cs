using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>
/// What a model does right on its device, found out by trying: some model types ignore a rewind, some providers refuse a second
/// append, some graphs give the last row only. Whatever fails switches to the slower right way.
/// </summary>
/// <param name="Append">A second append continues the sequence.</param>
/// <param name="Rewind">Going back and appending again equals a fresh sequence.</param>
/// <param name="AllRows">Logits come for every appended token, not for the last only.</param>
internal sealed record Capabilities(bool Append, bool Rewind, bool AllRows)
{
    private const int ProbeLength = 12;

    /// <summary>Of the largest logit: kernels for one and for many tokens differ by a millionth of it, a wrong cache by a tenth.</summary>
    private const float Tolerance = 0.02f;

    internal static Capabilities Probe(Model model, ModelConfig config, ModelTokenizer tokenizer)
    {
        int[] tokens = [.. tokenizer.EncodePrompt("The quick brown fox jumps over the lazy dog, and 12 more do.").Where(t => t != config.PadId).Take(ProbeLength)];
        int half = tokens.Length / 2;
        using var fresh = new ModelSession(model, config.VocabularySize, ProbeLength * 2);
        fresh.Append(tokens);
        LogitRows expected = fresh.ReadRows();
        bool allRows = expected.Count == tokens.Length;

        using var session = new ModelSession(model, config.VocabularySize, ProbeLength * 2);
        if (!Try(() =>
        {
            session.Append(tokens.AsSpan(0, half));
            session.Append(tokens.AsSpan(half));
        }) || !Same(session.ReadRows(), expected))
            return new Capabilities(Append: false, Rewind: false, allRows);
        bool rewind = Try(() =>
        {
            // Something else in between, so that a rewind that does nothing shows.
            session.RewindTo(half);
            session.Append(tokens.AsSpan(0, half));
            session.RewindTo(half);
            session.Append(tokens.AsSpan(half));
        }) && Same(session.ReadRows(), expected);
        return new Capabilities(Append: true, rewind, allRows);
    }

    private static bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (OnnxRuntimeGenAIException)
        {
            // The runtime says that it cannot; that is the answer.
            return false;
        }
    }

    private static bool Same(LogitRows rows, LogitRows expected)
    {
        float[] difference = new float[expected.Last.Length];
        TensorPrimitives.Subtract(rows.Last, expected.Last, difference);
        return TensorPrimitives.MaxMagnitude<float>(difference) is var worst
            && Math.Abs(worst) <= Tolerance * Math.Abs(TensorPrimitives.MaxMagnitude(expected.Last));
    }
}
