using System.Globalization;
using System.Text.Json.Serialization;

namespace EvalHarness.Results;

/// <summary>What a document scored under one metric and one filter.</summary>
/// <param name="Metric">The metric's name.</param>
/// <param name="Filter">The name of the filter whose answer was graded.</param>
/// <param name="Value">
/// The score as a number; not finite only where the metric's aggregation takes such numbers. Null where the aggregation takes no number.
/// </param>
/// <param name="Items">
/// JSON text of what the aggregation takes where that is not <paramref name="Value"/> itself: a pair of labels, texts, a whole number,
/// which Python keeps apart from a fraction. It is text because each metric takes a value of another shape, and Parquet has one type a
/// column.
/// See <see cref="ScoreValues"/>.
/// </param>
public sealed record SampleScore(string Metric, string Filter, double? Value, string? Items)
{
    /// <param name="metric">The metric's name.</param>
    /// <param name="filter">The filter's name.</param>
    /// <param name="score">What a grader gave: a number, or what the metric's aggregation takes.</param>
    internal static SampleScore Of(string metric, string filter, object? score)
    {
        if (score is double value)
            return new SampleScore(metric, filter, value, null);
        string items = ScoreValues.Write(score);
        bool isNumber = char.IsAsciiDigit(items[0]) || items[0] == '-';
        return new SampleScore(metric, filter, isNumber ? double.Parse(items, CultureInfo.InvariantCulture) : null, items);
    }

    /// <summary>As the results name it.</summary>
    [JsonIgnore]
    internal string Key => $"{Metric},{Filter}";

    /// <summary>The score if it is one that runs are compared by: a finite number.</summary>
    [JsonIgnore]
    internal double? Number => Value is { } value && double.IsFinite(value) ? value : null;

    /// <summary>The score as the grader gave it.</summary>
    internal object? ToObject() => Items is null ? Value : ScoreValues.Read(Items);
}
