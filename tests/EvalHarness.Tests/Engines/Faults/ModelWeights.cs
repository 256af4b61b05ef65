namespace EvalHarness.Tests.Engines.Faults;

/// <summary>All weights of a model. Vectors are as the graph multiplies or adds them.</summary>
internal sealed record ModelWeights
{
    /// <summary>[vocabulary, width].</summary>
    internal required Matrix Embedding { get; init; }

    internal required Matrix Classifier { get; init; }

    internal required float[] FinalNorm { get; init; }

    internal required IReadOnlyList<LayerWeights> Layers { get; init; }

    internal ModelWeights WithLayer(int layer, Func<LayerWeights, LayerWeights> change) =>
        this with { Layers = [.. Layers.Select((l, i) => i == layer ? change(l) : l)] };

    internal ModelWeights WithLayers(Func<LayerWeights, LayerWeights> change) => this with { Layers = [.. Layers.Select(change)] };

    /// <summary>
    /// Random weights: logits differ by a few units, attention prefers some tokens, and each half of a layer adds twice as much as the
    /// embedding has.
    /// </summary>
    internal static ModelWeights Random(Architecture a, int seed)
    {
        const float LogitDeviation = 2.5f;
        float deviation = a.Tied ? LogitDeviation / MathF.Sqrt(a.Width) : 1;
        var embedding = new Matrix(a.Vocabulary, a.Width, Normal("embedding", a.Vocabulary * a.Width, deviation));
        return new ModelWeights
        {
            Embedding = embedding,
            Classifier = a.Tied ? embedding.Transposed() : Product("classifier", a.Width, a.Vocabulary, LogitDeviation),
            FinalNorm = Around("norm", a.Width, 1),
            Layers = [.. Enumerable.Range(0, a.Layers).Select(Layer)],
        };

        LayerWeights Layer(int layer) => new()
        {
            AttentionNorm = Around($"{layer}.attention_norm", a.Width, 1),
            Query = Product($"{layer}.query", a.Width, a.Heads * a.Head, 2),
            Key = Product($"{layer}.key", a.Width, a.KeyHeads * a.Head, 1),
            Value = Product($"{layer}.value", a.Width, a.KeyHeads * a.Head, 1),
            QueryBias = Around($"{layer}.query_bias", a.Heads * a.Head, 0),
            KeyBias = Around($"{layer}.key_bias", a.KeyHeads * a.Head, 0),
            ValueBias = Around($"{layer}.value_bias", a.KeyHeads * a.Head, 0),
            Output = Product($"{layer}.output", a.Heads * a.Head, a.Width, 2 * deviation),
            FeedForwardNorm = Around($"{layer}.feed_forward_norm", a.Width, 1),
            Gate = Product($"{layer}.gate", a.Width, a.FeedForward, 1),
            Up = Product($"{layer}.up", a.Width, a.FeedForward, 1),
            Down = Product($"{layer}.down", a.FeedForward, a.Width, 4 * deviation),
        };

        Matrix Product(string name, int inputs, int outputs, float scale) =>
            new(inputs, outputs, Normal(name, inputs * outputs, scale / MathF.Sqrt(inputs)));

        float[] Around(string name, int size, float middle) => [.. Normal(name, size, 0.2f).Select(v => v + middle)];

        // A name's values do not depend on which other names there are, so that a variant of an architecture has the same weights.
        float[] Normal(string name, int count, float scale)
        {
            var random = new Random(name.Aggregate(seed, (hash, letter) => unchecked(hash * 31 + letter)));
            float[] values = new float[count];
            for (int i = 0; i < count; i++)
            {
                double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
                values[i] = scale * (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble()));
            }

            return values;
        }
    }
}

/// <summary>The weights of a layer.</summary>
internal sealed record LayerWeights
{
    internal required float[] AttentionNorm { get; init; }

    internal required Matrix Query { get; init; }

    internal required Matrix Key { get; init; }

    internal required Matrix Value { get; init; }

    internal required float[] QueryBias { get; init; }

    internal required float[] KeyBias { get; init; }

    internal required float[] ValueBias { get; init; }

    internal required Matrix Output { get; init; }

    internal required float[] FeedForwardNorm { get; init; }

    internal required Matrix Gate { get; init; }

    internal required Matrix Up { get; init; }

    internal required Matrix Down { get; init; }
}
