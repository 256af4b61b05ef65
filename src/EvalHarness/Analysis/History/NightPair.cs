namespace EvalHarness.Analysis.History;

/// <summary>A night and the night before it that asked the same model the same rows.</summary>
/// <param name="Before">The run of the night before.</param>
/// <param name="Rose">How many rows had a higher score than the night before.</param>
/// <param name="Fell">How many had a lower one.</param>
/// <param name="Squares">The sum of squared changes of what the rows add to the score.</param>
/// <param name="Largest">The largest such change, without its sign.</param>
internal sealed record NightPair(string Before, int Rose, int Fell, double Squares, double Largest);
