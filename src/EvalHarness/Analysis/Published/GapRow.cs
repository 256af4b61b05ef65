using EvalHarness.Results;

namespace EvalHarness.Analysis.Published;

/// <summary>A line of <c>gap</c>: a measured model, or a published score of a closed one.</summary>
internal sealed record GapRow
{
    public required string Model { get; init; }

    public required bool Measured { get; init; }

    /// <summary>Points.</summary>
    public required double Value { get; init; }

    public double? Low { get; init; }

    public double? High { get; init; }

    /// <summary>Run folder, or title of the source.</summary>
    public required string Source { get; init; }

    public required string Setting { get; init; }

    /// <summary>The score with the digits that its source prints; null for a measured one.</summary>
    public string? Printed { get; init; }

    /// <summary>Points to the best published score of a closed model; null for these themselves.</summary>
    public double? Behind { get; init; }

    /// <summary>The interval of the points to the best of the closed models, 95%; see <see cref="Gap.Behind"/>.</summary>
    public double? BehindLow { get; init; }

    public double? BehindHigh { get; init; }

    public double? Gigabytes { get; init; }

    public double? Billions { get; init; }

    /// <summary>What the run's answers to this benchmark cost; null without a price file, and for published scores.</summary>
    public RunPrice? Price { get; init; }

    public double? Cost => Price?.Cost;

    public double? PerBillion => Value / Billions;

    public double? PerGigabyte => Value / Gigabytes;

    public double? PerCost => Value / Cost;
}

/// <summary>A benchmark with measured and published scores.</summary>
/// <param name="Name">Of the benchmark.</param>
/// <param name="Rows">The best first.</param>
/// <param name="Differences">Between the settings: why the numbers are not quite the same thing.</param>
internal sealed record GapBenchmark(string Name, IReadOnlyList<GapRow> Rows, IReadOnlyList<string> Differences)
{
    /// <summary>What Behind is, in a sentence.</summary>
    public string Note
    {
        get
        {
            int closed = Rows.Count(r => !r.Measured);
            string interval = "with a 95% interval that has the noise of both scores and the rounding of the published one";
            return closed == 1
                ? $"Behind: points to the published score, {interval}"
                : $"Behind: points to the best of {closed} published scores, {interval} and allows for picking the best (Bonferroni)";
        }
    }

    /// <summary>What the prices are, and why some are missing; empty without a price file.</summary>
    public IReadOnlyList<string> PriceNotes => [.. RunPrice.Notes(Rows.Select(r => r.Price), "this benchmark")];
}
