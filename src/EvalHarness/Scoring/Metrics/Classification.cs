namespace EvalHarness.Scoring.Metrics;

/// <summary>
/// Computes scores of predicted labels. Each function is given the cells of a confusion matrix, and returns one that computes the score
/// from how often each cell occurs.
/// </summary>
/// <remarks>Source: scikit-learn's documentation of f1_score and matthews_corrcoef.</remarks>
internal static class Classification
{
    /// <summary>The F1 score of label 1, or NaN if there are other labels than 0 and 1.</summary>
    internal static Func<ReadOnlySpan<long>, double> F1((long Gold, long Predicted)[] cells)
    {
        if (cells.Any(c => c.Gold is not (0 or 1) || c.Predicted is not (0 or 1)))
            return _ => double.NaN;
        return counts =>
        {
            long both = 0, gold = 0, predicted = 0;
            for (int i = 0; i < counts.Length; i++)
            {
                both += counts[i] * (cells[i].Gold & cells[i].Predicted);
                gold += counts[i] * cells[i].Gold;
                predicted += counts[i] * cells[i].Predicted;
            }

            return gold + predicted == 0 ? 0 : 2.0 * both / (gold + predicted);
        };
    }

    /// <summary>The Matthews correlation coefficient for any number of labels. It is 0 if its denominator is 0.</summary>
    internal static Func<ReadOnlySpan<long>, double> MatthewsCorrelation((long Gold, long Predicted)[] cells)
    {
        long[] labels = [.. cells.SelectMany(c => new[] { c.Gold, c.Predicted }).Distinct().Order()];
        int[] golds = [.. cells.Select(c => Array.BinarySearch(labels, c.Gold))];
        int[] predictions = [.. cells.Select(c => Array.BinarySearch(labels, c.Predicted))];
        return counts =>
        {
            double[] gold = new double[labels.Length], predicted = new double[labels.Length];
            double correct = 0, n = 0;
            for (int i = 0; i < counts.Length; i++)
            {
                gold[golds[i]] += counts[i];
                predicted[predictions[i]] += counts[i];
                correct += golds[i] == predictions[i] ? counts[i] : 0;
                n += counts[i];
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
