using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace EvalHarness.Files;

/// <summary>The limits of a number, both included; the largest value of its type stands for no upper limit.</summary>
internal readonly record struct SettingsLimits(double Low, double High)
{
    internal static SettingsLimits Of(RangeAttribute range) => new(Number(range.Minimum), Number(range.Maximum));

    internal bool HasUpper => High is not (double.MaxValue or int.MaxValue);

    private static double Number(object limit) => limit is int whole ? whole : (double)limit;

    public override string ToString() => HasUpper
        ? string.Create(CultureInfo.InvariantCulture, $"{Low} to {High}")
        : string.Create(CultureInfo.InvariantCulture, $"{Low} or more");
}
