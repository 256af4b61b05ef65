using System.Text.Json.Serialization;

namespace EvalHarness.Results;

/// <summary>What <c>--decide</c> found of a task or group.</summary>
public enum DecisionVerdict
{
    /// <summary>All documents were asked, and left the question open.</summary>
    Undecided,

    /// <summary>No more was lost than is allowed.</summary>
    Fine,

    /// <summary>More was lost than is allowed.</summary>
    Regression,
}

/// <summary>
/// The loss of a task or group against another run, and the documents that were asked until it was known whether it is more than allowed.
/// Points are hundredths of the score.
/// </summary>
public sealed record RunDecision
{
    /// <summary>The task or group.</summary>
    public required string Name { get; init; }

    /// <summary>Its tasks, which were asked together.</summary>
    public required IReadOnlyList<string> Tasks { get; init; }

    /// <summary>"METRIC,FILTER".</summary>
    public required string Metric { get; init; }

    /// <summary>The folder of the run that it was compared with.</summary>
    public required string Against { get; init; }

    /// <summary>Points.</summary>
    public required double Allowed { get; init; }

    public required DecisionVerdict Verdict { get; init; }

    /// <summary>Estimate of the points that were lost; below 0 for a gain.</summary>
    public required double Loss { get; init; }

    public required double Low { get; init; }

    public required double High { get; init; }

    /// <summary>The probability, in percent, that all intervals of the run's decisions hold at whatever look it stopped.</summary>
    public required double Coverage { get; init; }

    /// <summary>Documents asked.</summary>
    public required int Rows { get; init; }

    /// <summary>Documents there are.</summary>
    public required int Available { get; init; }

    /// <summary>
    /// Documents that earlier runs flipped, and that were asked with a larger probability than others. Where there are any, the documents
    /// that were asked are no sample of all of them, and scores weigh them by the inverse of that probability.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int LikelyFlips { get; init; }
}
