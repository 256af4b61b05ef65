using System.Globalization;

namespace EvalHarness.Reports;

/// <summary>Differences in points, as cells of tables.</summary>
internal static class PointsCell
{
    /// <returns>The difference with its interval; empty for none.</returns>
    public static string Of(double? difference, double? low, double? high) => difference is not { } value ? ""
        : low is null || high is null ? Number(value)
        : $"{Number(value)} [{Number(low.Value)}, {Number(high.Value)}]";

    /// <returns>The points with one digit after the point, and with more where that one and the digits before it would be 0.</returns>
    public static string Number(double points)
    {
        int digits = 1;
        while (digits < 9 && points != 0 && Math.Abs(points) < 0.5 * Math.Pow(10, -digits))
            digits++;
        return Math.Round(points, digits).ToString($"F{digits}", CultureInfo.InvariantCulture);
    }
}
