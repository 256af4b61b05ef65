using System.Globalization;
using EvalHarness.Results;

namespace EvalHarness.Reports;

/// <summary>What <c>--decide</c> found, in one line.</summary>
internal static class DecisionText
{
    internal static string Of(RunDecision decision)
    {
        string verdict = decision.Verdict switch
        {
            DecisionVerdict.Fine => "fine",
            DecisionVerdict.Regression => "REGRESSION",
            _ => "undecided",
        };
        string likely = decision.LikelyFlips == 0 ? "" : ", likely flips first";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{decision.Name}: {verdict} after {decision.Rows:#,0} of {decision.Available:#,0} documents{likely}: "
            + $"lost {decision.Loss:0.##} points [{decision.Low:0.##}, {decision.High:0.##}] ({decision.Coverage:0.##}% at any look) "
            + $"against {decision.Against}; allowed {decision.Allowed:0.##}");
    }
}
