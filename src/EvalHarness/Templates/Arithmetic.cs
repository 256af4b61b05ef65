using System.Globalization;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>Applies Python's operators to values. Integers have 64 bits, and an overflow is an error.</summary>
internal static partial class Arithmetic
{
    internal static object Negate(string op, object? operand, Position at) => operand switch
    {
        long number => (object)(op == "-" ? -number : number),
        bool flag => op == "-" ? (flag ? -1L : 0L) : flag ? 1L : 0L,
        double number => op == "-" ? -number : number,
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
        try
        {
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
                ("*", PythonSequence { IsRange: false } a, long n) => PythonSequence.Tuple(Repeated(a, n)),
                ("*", long n, PythonSequence { IsRange: false } a) => PythonSequence.Tuple(Repeated(a, n)),
                ("*", IReadOnlyList<object?> a and not PythonSequence, long n) => Repeated(a, n),
                ("*", long n, IReadOnlyList<object?> a and not PythonSequence) => Repeated(a, n),
                (_, long a, long b) => Integers(op, a, b, at),
                (_, long or double, long or double) => Numbers(op, ToDouble(left), ToDouble(right), at),
                _ => throw at.Error($"'{op}' cannot be applied to {Described(left)} and {Described(right)}"),
            };
        }
        catch (OverflowException)
        {
            throw at.Error($"the result of {left} {op} {right} does not fit into a 64-bit integer");
        }
    }

    /// <summary>The type of a value for an error, or why it is undefined.</summary>
    private static string Described(object? value) =>
        value is Undefined undefined ? $"an undefined value ({undefined.Description})" : Python.TypeName(value);

    private static double ToDouble(object? number) => Convert.ToDouble(number, CultureInfo.InvariantCulture);

    private static string Sum(string a, string b) =>
        (long)a.Length + b.Length <= Python.LongestText ? a + b : throw TextMethods.TooLong((long)a.Length + b.Length);

    /// <summary>The text of a string to be added to one that is marked as HTML.</summary>
    private static string Marked(object? text) => text is PythonText marked ? marked.Text : PythonText.Escape((string)text!);

    private static List<object?> Concatenated(IReadOnlyList<object?> a, IReadOnlyList<object?> b) =>
        a.Count + b.Count <= Methods.LargestSize ? [.. a, .. b]
        : throw new PythonLimitException($"a list of {a.Count + b.Count} items; expected {Methods.LargestSize} or fewer");

    private static string Repeat(string text, long times) => text.Length * (Int128)times <= Python.LongestText
        ? string.Concat(Enumerable.Repeat(text, Times(times)))
        : throw new PythonLimitException($"a text of {text.Length * (Int128)times} characters; expected {Python.LongestText} or fewer");

    private static List<object?> Repeated(IReadOnlyList<object?> list, long times) => list.Count * (Int128)times <= Methods.LargestSize
        ? Enumerable.Range(0, Times(times)).SelectMany(_ => list).ToList()
        : throw new PythonLimitException($"a list of {list.Count * (Int128)times} items; expected {Methods.LargestSize} or fewer");

    private static int Times(long times) => checked((int)Math.Max(0, times));

    internal static string Percent(string format, object? right) => right switch
    {
        // Tuples are lists in the templates of tasks. In those of chats, a list comes here within a tuple.
        PythonSequence { IsRange: false } and [IReadOnlyList<object?> and not PythonSequence { IsRange: false }] one =>
            PercentFormat.Apply(format, one, null, mayLeave: true),
        IReadOnlyList<object?> list => PercentFormat.Apply(format, list, null),
        Undefined => PercentFormat.Apply(format, [right], null, mayLeave: true),
        _ when Values.IsMap(right) => PercentFormat.Apply(format, [right], name => Values.TryMember(right, name, out object? value)
            ? value
            : throw new PythonLimitException($"the format names '{name}', which the map does not have")),
        _ => PercentFormat.Apply(format, [right], null),
    };

    private static object Integers(string op, long a, long b, Position at) => op switch
    {
        "+" => (object)checked(a + b),
        "-" => checked(a - b),
        "*" => checked(a * b),
        "/" => b == 0 ? throw at.Error("division by zero") : (double)a / b,
        "//" => b == 0 ? throw at.Error("division by zero") : FloorDivide(a, b),
        "%" => b == 0 ? throw at.Error("division by zero") : b == -1 ? 0L : a - (FloorDivide(a, b) * b),
        "**" when b >= 0 => Power(a, b),
        "**" => a == 0 ? throw at.Error("0 cannot be raised to a negative power") : Math.Pow(a, b),
        _ => throw at.Error($"operator '{op}' is not known"),
    };

    private static long FloorDivide(long a, long b) => checked(a / b) - ((a % b != 0) && ((a < 0) != (b < 0)) ? 1 : 0);

    private static long Power(long a, long b)
    {
        // Powers of these do not grow, so that the loop below would count to any exponent.
        if (a is 0 or 1 or -1)
            return b == 0 || a == 1 ? 1 : a == 0 ? 0 : b % 2 == 0 ? 1 : -1;
        long product = 1;
        for (long i = 0; i < b; i++)
            product = checked(product * a);
        return product;
    }

    private static double Numbers(string op, double a, double b, Position at) => op switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => b == 0 ? throw at.Error("division by zero") : a / b,
        "//" => b == 0 ? throw at.Error("division by zero") : FloorDivide(a, b),
        "%" => b == 0 ? throw at.Error("division by zero") : Modulo(a, b),
        "**" => a == 0 && b < 0 ? throw at.Error("0 cannot be raised to a negative power") : Math.Pow(a, b),
        _ => throw at.Error($"operator '{op}' is not known"),
    };

    /// <summary>Python's remainder of numbers, which has the sign of the divisor.</summary>
    private static double Modulo(double a, double b)
    {
        double rest = a % b;
        return rest == 0 ? Math.CopySign(0, b) : (rest < 0) != (b < 0) ? rest + b : rest;
    }

    private static double FloorDivide(double a, double b)
    {
        double quotient = (a - Modulo(a, b)) / b;
        double floor = Math.Floor(quotient);
        return quotient == 0 ? Math.CopySign(0, a / b) : quotient - floor > 0.5 ? floor + 1 : floor;
    }
}
