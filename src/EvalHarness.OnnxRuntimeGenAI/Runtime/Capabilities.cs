using System.Numerics.Tensors;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.Tokens;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>
/// What a model computes correctly on its device, found out by trying it. Some model types ignore a rewind, some providers refuse a
/// second append, and some graphs give the logits of the last token only. The engine avoids what fails in a slower way that is correct.
/// </summary>
/// <param name="Append">Whether a second append continues the sequence.</param>
/// <param name="Rewind">
/// Whether a rewind followed by an append gives the same logits as a new sequence, also if tokens had been appended one by one.
/// </param>
/// <param name="AllRows">Whether the graph gives logits for every appended token, and not for the last one only.</param>
/// <param name="Batch">Whether sequences of different lengths, padded to a batch, continue as each of them does alone.</param>
internal sealed record Capabilities(bool Append, bool Rewind, bool AllRows, bool Batch)
{
    private const int ProbeLength = 12;

    /// <summary>
    /// The largest difference between equal logits, as a fraction of the largest logit. Kernels for one token and for many differ by about
    /// a millionth of it, and a wrong cache makes a difference of about a tenth.
    /// </summary>
    private const float Tolerance = 0.02f;

    internal static Capabilities Probe(GeneratorSource generators, ModelConfig config, ModelTokenizer tokenizer)
    {
        Capabilities alone = ProbeAlone(generators, config, ProbeTokens(config, tokenizer));
        return alone with { Batch = ProbeBatch(generators, config, ProbeTokens(config, tokenizer)) };
    }

    /// <summary>A few tokens of a fixed text, without padding.</summary>
    internal static int[] ProbeTokens(ModelConfig config, ModelTokenizer tokenizer)
    {
        int[] tokens =
        [
            .. tokenizer.EncodeProbe("The quick brown fox jumps over the lazy dog, and 12 more do.")
                .Where(t => t != config.PadId)
                .Take(ProbeLength),
        ];
        // A tokenizer whose tokens are whole sentences, or whose vocabulary is a few letters, may give too few tokens to cut in two.
        int[] some = tokens.Length > 0 ? tokens : [tokenizer.FirstToken];
        return tokens.Length >= 8 ? tokens : [.. Enumerable.Range(0, ProbeLength).Select(i => some[i % some.Length])];
    }

    private static Capabilities ProbeAlone(GeneratorSource generators, ModelConfig config, int[] tokens)
    {
        int half = tokens.Length / 2;
        using var fresh = new ModelSession(generators, config, ProbeLength * 2);
        fresh.Append(tokens);
        LogitRows expected = fresh.ReadRows();
        bool allRows = expected.Count == tokens.Length;

        using var session = new ModelSession(generators, config, ProbeLength * 2);
        if (!Try(() =>
        {
            session.Append(tokens.AsSpan(0, half));
            session.Append(tokens.AsSpan(half));
        }) || !Same(session.ReadRows(), expected))
            return new Capabilities(Append: false, Rewind: false, allRows, Batch: false);
        bool rewind = Try(() =>
        {
            // The tokens appended here differ from those before, so that a rewind that does nothing gives other logits.
            session.RewindTo(half);
            session.Append(tokens.AsSpan(0, half));
            // A completion appends tokens one by one and is followed by a rewind.
            session.Append(tokens.AsSpan(0, 1));
            session.Append(tokens.AsSpan(1, 1));
            session.RewindTo(half);
            session.Append(tokens.AsSpan(half));
        }) && Same(session.ReadRows(), expected);
        return new Capabilities(Append: true, rewind, allRows, Batch: false);
    }

    /// <summary>
    /// Steps two rows of different lengths twice. The logits of the second step are the first ones that depend on the key-value cache.
    /// </summary>
    private static bool ProbeBatch(GeneratorSource generators, ModelConfig config, int[] tokens)
    {
        if (config.PadId is not { } padding)
            return false;
        int[][] rows = [tokens, tokens[..^3]];
        int[] first = new int[rows.Length];
        float[][] logits = new float[rows.Length][];
        if (!Try(() =>
        {
            using var parameters = new GeneratorParams(generators.Model);
            SearchOptions.SetGreedy(parameters, config, ProbeLength * 2, rows.Length);
            using Generator generator = generators.Create(parameters);
            generator.AppendTokens(TokenBatch.Pad(rows, tokens.Length, padding));
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
        return Enumerable.Range(0, rows.Length).All(row =>
            config.EndOfTextIds.Contains(first[row])
            || Same(logits[row], After(generators, config, [.. rows[row], first[row]])));
    }

    private static float[] After(GeneratorSource generators, ModelConfig config, int[] tokens)
    {
        using var session = new ModelSession(generators, config, ProbeLength * 2);
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
            // The runtime refuses what is tried here, so the model cannot do it.
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
