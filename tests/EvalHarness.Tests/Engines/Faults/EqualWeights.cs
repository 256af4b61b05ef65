namespace EvalHarness.Tests.Engines.Faults;

/// <summary>Other weights with which a model is the same function, but for the rounding and the order of its sums.</summary>
internal static class EqualWeights
{
    /// <summary>Hidden values, inner values of the feed-forward, key heads and the query heads of each in another order.</summary>
    internal static ModelWeights Permuted(ModelWeights weights, Architecture a, int seed)
    {
        var random = new Random(seed);
        int[] width = Order(a.Width);
        return weights with
        {
            Embedding = weights.Embedding.TakeColumns(width),
            Classifier = weights.Classifier.TakeRows(width),
            FinalNorm = Take(weights.FinalNorm, width),
            Layers = [.. weights.Layers.Select(Permute)],
        };

        LayerWeights Permute(LayerWeights layer)
        {
            int[] inner = Order(a.FeedForward), groups = Order(a.KeyHeads);
            int size = a.Heads / a.KeyHeads;
            int[] heads = [.. groups.SelectMany(group => Order(size).Select(h => group * size + h))];
            int[] queries = Blocks(heads, a.Head), keys = Blocks(groups, a.Head);
            return new LayerWeights
            {
                AttentionNorm = Take(layer.AttentionNorm, width),
                Query = layer.Query.TakeRows(width).TakeColumns(queries),
                Key = layer.Key.TakeRows(width).TakeColumns(keys),
                Value = layer.Value.TakeRows(width).TakeColumns(keys),
                QueryBias = Take(layer.QueryBias, queries),
                KeyBias = Take(layer.KeyBias, keys),
                ValueBias = Take(layer.ValueBias, keys),
                Output = layer.Output.TakeRows(queries).TakeColumns(width),
                FeedForwardNorm = Take(layer.FeedForwardNorm, width),
                Gate = layer.Gate.TakeRows(width).TakeColumns(inner),
                Up = layer.Up.TakeRows(width).TakeColumns(inner),
                Down = layer.Down.TakeRows(inner).TakeColumns(width),
            };
        }

        int[] Order(int count)
        {
            int[] order = [.. Enumerable.Range(0, count)];
            random.Shuffle(order);
            return order;
        }
    }

    /// <summary>The weights of the norms are in the matrices behind them, but for a classifier that is the embedding.</summary>
    internal static ModelWeights WithFoldedNorms(ModelWeights weights, Architecture a)
    {
        float[] ones = [.. weights.FinalNorm.Select(_ => 1f)];
        return weights.WithLayers(l => l with
        {
            AttentionNorm = ones,
            Query = l.Query.TimesRows(l.AttentionNorm),
            Key = l.Key.TimesRows(l.AttentionNorm),
            Value = l.Value.TimesRows(l.AttentionNorm),
            FeedForwardNorm = ones,
            Gate = l.Gate.TimesRows(l.FeedForwardNorm),
            Up = l.Up.TimesRows(l.FeedForwardNorm),
        }) with
        {
            FinalNorm = a.Tied ? weights.FinalNorm : ones,
            Classifier = a.Tied ? weights.Classifier : weights.Classifier.TimesRows(weights.FinalNorm),
        };
    }

    /// <summary>What a gate multiplies is larger by a factor, and the matrix behind it smaller.</summary>
    internal static ModelWeights WithLargerUp(ModelWeights weights, float factor) =>
        weights.WithLayers(l => l with { Up = l.Up.Times(factor), Down = l.Down.Times(1 / factor) });

    /// <summary>Values, which the cache holds, are larger by a factor, and the matrix behind attention smaller.</summary>
    internal static ModelWeights WithLargerValues(ModelWeights weights, float factor) => weights.WithLayers(l => l with
    {
        Value = l.Value.Times(factor),
        ValueBias = [.. l.ValueBias.Select(b => b * factor)],
        Output = l.Output.Times(1 / factor),
    });

    /// <summary>The indices of the values of blocks, of <paramref name="size"/> values each.</summary>
    internal static int[] Blocks(int[] blocks, int size) => [.. blocks.SelectMany(b => Enumerable.Range(b * size, size))];

    private static float[] Take(float[] values, int[] order) => [.. order.Select(i => values[i])];
}
