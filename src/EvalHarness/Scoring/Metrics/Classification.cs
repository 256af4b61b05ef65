namespace EvalHarness.Scoring.Metrics;

/// <summary>Computes scores of predicted labels.</summary>
/// <remarks>Source: scikit-learn's documentation of f1_score and matthews_corrcoef.</remarks>
internal static class Classification
{
    /// <summary>Returns the F1 score of label 1, or NaN if there are other labels than 0 and 1.</summary>
    internal static Func<ReadOnlySpan<int>, double> F1((long Gold, long Predicted)[] items)
    {
        if (items.Any(i => i.Gold is not (0 or 1) || i.Predicted is not (0 or 1)))
            return _ => double.NaN;
        return sample =>
        {
            long both = 0, gold = 0, predicted = 0;
            foreach (int i in sample)
            {
                both += items[i].Gold & items[i].Predicted;
                gold += items[i].Gold;
                predicted += items[i].Predicted;
            }

            return gold + predicted == 0 ? 0 : 2.0 * both / (gold + predicted);
        };
    }

    /// <summary>
    /// Returns the Matthews correlation coefficient for any number of labels. It is 0 if its denominator is 0.
    /// </summary>
    internal static Func<ReadOnlySpan<int>, double> MatthewsCorrelation((long Gold, long Predicted)[] items)
    {
        long[] labels = [.. items.SelectMany(i => new[] { i.Gold, i.Predicted }).Distinct().Order()];
        int[] golds = [.. items.Select(i => Array.IndexOf(labels, i.Gold))];
        int[] predictions = [.. items.Select(i => Array.IndexOf(labels, i.Predicted))];
        return sample =>
        {
            Span<double> gold = stackalloc double[labels.Length], predicted = stackalloc double[labels.Length];
            gold.Clear();
            predicted.Clear();
            double correct = 0, n = sample.Length;
            foreach (int i in sample)
            {
                gold[golds[i]]++;
                predicted[predictions[i]]++;
                correct += golds[i] == predictions[i] ? 1 : 0;
            }

            double both = 0, goldSquares = 0, predictedSquares = 0;
            for (int i = 0; i < labels.Length; i++)
            {
                both += gold[i] * predicted[i];
                goldSquares += gold[i] * gold[i];
                predictedSquares += predicted[i] * predicted[i];
            }

            double product = ((n * n) - goldSquares) * ((n * n) - predictedSquares);
            return product == 0 ? 0 : ((correct * n) - both) / Math.Sqrt(product);
        };
    }
}
