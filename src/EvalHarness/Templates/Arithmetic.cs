using System.Numerics;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>Applies Python's operators to values.</summary>
internal static partial class Arithmetic
{
    internal static object Negate(string op, object? operand, Position at) => operand switch
    {
        double number => op == "-" ? -number : number,
        _ when PythonInteger.From(operand) is { } number => PythonInteger.Of(op == "-" ? -number : number),
        _ => throw at.Error($"'{op}' cannot be applied to {Described(operand)}; expected a number"),
    };

    internal static object? Apply(string op, object? left, object? right, Position at)
    {
        if (op == "~")
            return Sum(Python.Str(left), Python.Str(right));
        if (Values.AsText(left) is { } format && op == "%")
            return left is PythonText ? new PythonText(Percent(format, right)) : Percent(format, right);
        if (left is bool leftFlag)
            left = leftFlag ? 1L : 0L;
        if (right is bool rightFlag)
            right = rightFlag ? 1L : 0L;
        return (op, left, right) switch
        {
            ("+", string a, string b) => Sum(a, b),
            ("+", PythonText or string, PythonText or string) => new PythonText(Sum(Marked(left), Marked(right))),
            ("+", PythonSequence { IsRange: false } a, PythonSequence { IsRange: false } b) => PythonSequence.Tuple(Concatenated(a, b)),
            ("+", IReadOnlyList<object?> a and not PythonSequence, IReadOnlyList<object?> b and not PythonSequence) =>
                Concatenated(a, b),
            ("*", string a, long n) => Repeat(a, n),
            ("*", long n, string a) => Repeat(a, n),
            ("*", PythonText a, long n) => new PythonText(Repeat(a.Text, n)),
            ("*", long n, PythonText a) => new PythonText(Repeat(a.Text, n)),
            ("*", PythonSequence { IsRange: false } a, long n) => PythonSequence.Tuple(Repeated(a, n)),
            ("*", long n, PythonSequence { IsRange: false } a) => PythonSequence.Tuple(Repeated(a, n)),
            ("*", IReadOnlyList<object?> a and not PythonSequence, long n) => Repeated(a, n),
            ("*", long n, IReadOnlyList<object?> a and not PythonSequence) => Repeated(a, n),
            (_, long or BigInteger, long or BigInteger) => Integers(op, left, right, at),
            (_, long or BigInteger or double, long or BigInteger or double) => Numbers(op, ToDouble(left), ToDouble(right), at),
            _ => throw at.Error($"'{op}' cannot be applied to {Described(left)} and {Described(right)}"),
        };
    }

    /// <summary>The type of a value for an error, or why it is undefined.</summary>
    private static string Described(object? value) =>
        value is Undefined undefined ? $"an undefined value ({undefined.Description})" : Python.TypeName(value);

    private static double ToDouble(object? number) =>
        number is double real ? real : PythonInteger.ToDouble(PythonInteger.From(number)!.Value);

    private static string Sum(string a, string b) =>
        (long)a.Length + b.Length <= Python.LongestText ? a + b : throw TextMethods.TooLong((long)a.Length + b.Length);

    /// <summary>The text of a string to be added to one that is marked as HTML.</summary>
    private static string Marked(object? text) => text is PythonText marked ? marked.Text : PythonText.Escape((string)text!);

    private static List<object?> Concatenated(IReadOnlyList<object?> a, IReadOnlyList<object?> b) =>
        a.Count + b.Count <= Methods.LargestSize ? [.. a, .. b]
        : throw new PythonLimitException($"a list of {a.Count + b.Count} items; expected {Methods.LargestSize} or fewer");

    private static string Repeat(string text, long times) => text.Length * (Int128)times <= Python.LongestText
        ? text.Length == 0 ? "" : string.Concat(Enumerable.Repeat(text, Times(times)))
        : throw new PythonLimitException($"a text of {text.Length * (Int128)times} characters; expected {Python.LongestText} or fewer");

    private static List<object?> Repeated(IReadOnlyList<object?> list, long times) => list.Count * (Int128)times <= Methods.LargestSize
        ? list.Count == 0 ? [] : Enumerable.Range(0, Times(times)).SelectMany(_ => list).ToList()
        : throw new PythonLimitException($"a list of {list.Count * (Int128)times} items; expected {Methods.LargestSize} or fewer");

    private static int Times(long times) => (int)Math.Clamp(times, 0, int.MaxValue);

    internal static string Percent(string format, object? right) => right switch
    {
        PythonSequence { IsRange: false } tuple => PercentFormat.Apply(format, tuple, null),
        // What can be indexed may be left over, as a map is whose values the format names.
        IReadOnlyList<object?> or Undefined => PercentFormat.Apply(format, [right], null, mayLeave: true),
        _ when Values.IsMap(right) => PercentFormat.Apply(
            format,
            [right],
            name => Values.TryMember(right, name, out object? value)
                ? value
                : throw new PythonLimitException($"the format names '{name}', which the map does not have"),
            mayLeave: true),
        _ => PercentFormat.Apply(format, [right], null),
    };

    private static object Integers(string op, object left, object right, Position at)
    {
        if (left is long x && right is long y)
        {
            // Nearly all integers are small.
            long small = unchecked(op switch { "+" => x + y, "-" => x - y, _ => 0 });
            if ((op == "+" && ((x ^ small) & (y ^ small)) >= 0) || (op == "-" && ((x ^ y) & (x ^ small)) >= 0))
                return small;
        }

        (BigInteger a, BigInteger b) = (PythonInteger.From(left)!.Value, PythonInteger.From(right)!.Value);
        if (op is "/" or "//" or "%" && b.IsZero)
            throw at.Error("division by zero");
        return op switch
        {
            "+" => PythonInteger.Of(a + b),
            "-" => PythonInteger.Of(a - b),
            "*" when a.GetBitLength() + b.GetBitLength() > PythonInteger.MostBits =>
                throw at.Error($"a product of more than {PythonInteger.MostBits} bits"),
            "*" => PythonInteger.Of(a * b),
            "/" => PythonInteger.Divide(a, b),
            "//" => PythonInteger.Of(PythonInteger.DivMod(a, b).Quotient),
            "%" => PythonInteger.Of(PythonInteger.DivMod(a, b).Remainder),
            "**" when b.Sign >= 0 => PythonInteger.Of(PythonInteger.Power(a, b)),
            "**" => Numbers(op, ToDouble(left), ToDouble(right), at),
            _ => throw at.Error($"operator '{op}' is not known"),
        };
    }

    private static double Numbers(string op, double a, double b, Position at) => op switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => b == 0 ? throw at.Error("division by zero") : a / b,
        "//" => b == 0 ? throw at.Error("division by zero") : FloorDivide(a, b),
        "%" => b == 0 ? throw at.Error("division by zero") : Modulo(a, b),
        "**" => Power(a, b, at),
        _ => throw at.Error($"operator '{op}' is not known"),
    };

    private static double Power(double a, double b, Position at)
    {
        if (a == 0 && b < 0)
            throw at.Error("0 cannot be raised to a negative power");
        double power = Math.Pow(a, b);
        if (double.IsNaN(power) && !double.IsNaN(a) && !double.IsNaN(b))
            throw at.Error("a negative number cannot be raised to a power with a fraction; complex numbers are not supported");
        return double.IsInfinity(power) && double.IsFinite(a) && double.IsFinite(b) ? throw at.Error("a power is too large") : power;
    }

    /// <summary>Python's remainder of numbers, which has the sign of the divisor.</summary>
    private static double Modulo(double a, double b)
    {
        double rest = a % b;
        return rest == 0 ? Math.CopySign(0, b) : (rest < 0) != (b < 0) ? rest + b : rest;
    }

    private static double FloorDivide(double a, double b)
    {
        double rest = a % b, quotient = (a - rest) / b;
        if (rest != 0 && (rest < 0) != (b < 0))
            quotient -= 1;
        double floor = Math.Floor(quotient);
        return quotient == 0 ? Math.CopySign(0, a / b) : quotient - floor > 0.5 ? floor + 1 : floor;
    }
}
