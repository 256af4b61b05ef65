using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Equivalents of the aggregations macro_f1_score of kobest/utils.py and weighted_f1_score of lm_eval/utils.py, which the folders of
/// some benchmarks import. Both average the F1 scores of all labels over the pairs of a gold and a predicted label.
/// </summary>
/// <remarks>Source: scikit-learn's documentation of f1_score.</remarks>
internal static class AveragedF1
{
    /// <summary>The folders of afrobench whose tasks aggregate so. Each has one Python file for each of its prompts.</summary>
    private static readonly string[] Benchmarks =
    [
        "afrobench/afrisenti", "afrobench/injongointent", "afrobench/masakhanews", "afrobench/nollysenti", "afrobench/sib",
        "afrobench/uhura-arc-easy",
    ];

    private const int Prompts = 5;

    internal static Dictionary<string, TaskFunction> Functions { get; } = new Dictionary<string, TaskFunction>
    {
        ["kobest/utils.macro_f1_score"] = new AggregationFunction(items => Average(items, weighted: false)),
    }.Concat(Benchmarks.SelectMany(folder => Enumerable.Range(1, Prompts).Select(prompt => KeyValuePair.Create<string, TaskFunction>(
        $"{folder}/prompt_{prompt}/utils.weighted_f1_score",
        new AggregationFunction(items => Average(items, weighted: true)))))).ToDictionary();

    /// <param name="items">Pairs of a gold and a predicted label.</param>
    /// <param name="weighted">Whether a label counts as often as it is the gold one. Otherwise all labels count alike.</param>
    private static double Average(IReadOnlyList<object?> items, bool weighted)
    {
        (object? Gold, object? Predicted)[] pairs = [.. items.Cast<IReadOnlyList<object?>>().Select(pair => (pair[0], pair[1]))];
        ILookup<object?, object?> golds = pairs.ToLookup(p => p.Gold, p => p.Predicted);
        ILookup<object?, object?> predictions = pairs.ToLookup(p => p.Predicted, p => p.Gold);
        object?[] labels = [.. pairs.SelectMany(p => new[] { p.Gold, p.Predicted }).Distinct().Order()];
        double[] weights = [.. labels.Select(label => (double)golds[label].Count())];
        double[] scores = [.. labels.Select(
            label => 2.0 * golds[label].Count(label!.Equals) / (golds[label].Count() + predictions[label].Count()))];
        return weighted
            ? NumPy.Sum([.. scores.Select((score, i) => score * weights[i])]) / NumPy.Sum(weights)
            : NumPy.Sum(scores) / scores.Length;
    }
}
