using System.Numerics.Tensors;
using EvalHarness.OnnxRuntimeGenAI.Prefixes;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>
/// What a model does right on its device, found out by trying: some model types ignore a rewind, some providers refuse a second
/// append, some graphs give the last row only. Whatever fails switches to the slower right way.
/// </summary>
/// <param name="Append">A second append continues the sequence.</param>
/// <param name="Rewind">Going back, also over tokens that were decoded one by one, and appending again equals a fresh sequence.</param>
/// <param name="AllRows">Logits come for every appended token, not for the last only.</param>
/// <param name="Batch">Sequences of different lengths side by side, padded, go on as each alone does.</param>
internal sealed record Capabilities(bool Append, bool Rewind, bool AllRows, bool Batch)
{
    private const int ProbeLength = 12;

    /// <summary>Of the largest logit: kernels for one and for many tokens differ by a millionth of it, a wrong cache by a tenth.</summary>
    private const float Tolerance = 0.02f;

    internal static Capabilities Probe(Model model, ModelConfig config, ModelTokenizer tokenizer)
    {
        Capabilities alone = ProbeAlone(model, config, Tokens(config, tokenizer));
        return alone with { Batch = ProbeBatch(model, config, Tokens(config, tokenizer)) };
    }

    private static int[] Tokens(ModelConfig config, ModelTokenizer tokenizer)
    {
        int[] tokens = [.. tokenizer.EncodeProbe("The quick brown fox jumps over the lazy dog, and 12 more do.").Where(t => t != config.PadId).Take(ProbeLength)];
        // A tokenizer of whole sentences, or of a few letters, may leave too little to cut.
        int[] some = tokens.Length > 0 ? tokens : [tokenizer.FirstToken];
        return tokens.Length >= 8 ? tokens : [.. Enumerable.Range(0, ProbeLength).Select(i => some[i % some.Length])];
    }

    private static Capabilities ProbeAlone(Model model, ModelConfig config, int[] tokens)
    {
        int half = tokens.Length / 2;
        using var fresh = new ModelSession(model, config, ProbeLength * 2);
        fresh.Append(tokens);
        LogitRows expected = fresh.ReadRows();
        bool allRows = expected.Count == tokens.Length;

        using var session = new ModelSession(model, config, ProbeLength * 2);
        if (!Try(() =>
        {
            session.Append(tokens.AsSpan(0, half));
            session.Append(tokens.AsSpan(half));
        }) || !Same(session.ReadRows(), expected))
            return new Capabilities(Append: false, Rewind: false, allRows, Batch: false);
        bool rewind = Try(() =>
        {
            // Something else in between, so that a rewind that does nothing shows.
            session.RewindTo(half);
            session.Append(tokens.AsSpan(0, half));
            // As after a stop string: a few tokens one by one, then back.
            session.Append(tokens.AsSpan(0, 1));
            session.Append(tokens.AsSpan(1, 1));
            session.RewindTo(half);
            session.Append(tokens.AsSpan(half));
        }) && Same(session.ReadRows(), expected);
        return new Capabilities(Append: true, rewind, allRows, Batch: false);
    }

    /// <summary>Two rows of different lengths, two steps; the second step's logits are the first that rest on the cache.</summary>
    private static bool ProbeBatch(Model model, ModelConfig config, int[] tokens)
    {
        if (config.PadId is not { } padding)
            return false;
        int[][] rows = [tokens, tokens[..^3]];
        int[] first = new int[rows.Length];
        float[][] logits = new float[rows.Length][];
        if (!Try(() =>
        {
            using var parameters = new GeneratorParams(model);
            SearchOptions.SetGreedy(parameters, ProbeLength * 2, rows.Length);
            using var generator = new Generator(model, parameters);
            generator.AppendTokens(BatchGeneration.Pad(rows, tokens.Length, padding));
            generator.GenerateNextToken();
            generator.GetNextTokens().CopyTo(first);
            generator.GenerateNextToken();
            using Microsoft.ML.OnnxRuntimeGenAI.Tensor tensor = generator.GetOutput(config.LogitsName);
            long columns = tensor.Shape()[^1];
            float[] values = ModelSession.ToSingle(tensor);
            for (int row = 0; row < rows.Length; row++)
                logits[row] = values.AsSpan((int)(row * columns), config.VocabularySize).ToArray();
        }))
            return false;
        return Enumerable.Range(0, rows.Length).All(row => config.EndOfTextIds.Contains(first[row]) || Same(logits[row], After(model, config, [.. rows[row], first[row]])));
    }

    private static float[] After(Model model, ModelConfig config, int[] tokens)
    {
        using var session = new ModelSession(model, config, ProbeLength * 2);
        session.Append(tokens);
        return session.ReadRows().Last.ToArray();
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

    private static bool Same(LogitRows rows, LogitRows expected) => Same(rows.Last, expected.Last);

    private static bool Same(ReadOnlySpan<float> row, ReadOnlySpan<float> expected)
    {
        float[] difference = new float[expected.Length];
        TensorPrimitives.Subtract(row, expected, difference);
        return Math.Abs(TensorPrimitives.MaxMagnitude<float>(difference)) <= Tolerance * Math.Abs(TensorPrimitives.MaxMagnitude(expected));
    }
}
