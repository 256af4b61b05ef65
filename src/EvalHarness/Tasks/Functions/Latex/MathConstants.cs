using System.Numerics;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>The symbols that have a fixed value. The imaginary unit is a capital letter, and i is a variable.</summary>
internal static class MathConstants
{
    private static readonly Dictionary<string, Complex> Values = new()
    {
        ["pi"] = Math.PI,
        ["e"] = Math.E,
        ["I"] = Complex.ImaginaryOne,
    };

    internal static bool Has(string name) => Values.ContainsKey(name);

    /// <summary>The value of a symbol, or NaN if it is a variable.</summary>
    internal static Complex Of(string name) => Values.GetValueOrDefault(name, new Complex(double.NaN, 0));
}
