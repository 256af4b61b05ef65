using System.Globalization;
using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>Applies Python's operators to plain values. Integers have 64 bits, and an overflow is an error.</summary>
internal static class Arithmetic
{
    internal static object Negate(string op, object? operand, Position at) => operand switch
    {
        long number => (object)(op == "-" ? -number : number),
        bool flag => op == "-" ? (flag ? -1L : 0L) : flag ? 1L : 0L,
        double number => op == "-" ? -number : number,
        _ => throw at.Error($"'{op}' cannot be applied to {Python.TypeName(operand)}; expected a number"),
    };

    internal static object Apply(string op, object? left, object? right, Position at)
    {
        if (op == "~")
            return Python.Str(left) + Python.Str(right);
        if (left is bool leftFlag)
            left = leftFlag ? 1L : 0L;
        if (right is bool rightFlag)
            right = rightFlag ? 1L : 0L;
        try
        {
            return (op, left, right) switch
            {
                ("+", string a, string b) => a + b,
                ("+", IReadOnlyList<object?> a, IReadOnlyList<object?> b) => a.Concat(b).ToList(),
                ("*", string a, long n) => Repeat(a, n),
                ("*", long n, string a) => Repeat(a, n),
                ("*", IReadOnlyList<object?> a, long n) => Enumerable.Range(0, Times(n)).SelectMany(_ => a).ToList(),
                ("%", string format, _) => Methods.PercentFormat(format, right, at),
                (_, long a, long b) => Integers(op, a, b, at),
                (_, long or double, long or double) => Numbers(op, ToDouble(left), ToDouble(right), at),
                _ => throw at.Error($"'{op}' cannot be applied to {Python.TypeName(left)} and {Python.TypeName(right)}"),
            };
        }
        catch (OverflowException)
        {
            throw at.Error($"the result of {left} {op} {right} does not fit into a 64-bit integer");
        }
    }

    private static double ToDouble(object? number) => Convert.ToDouble(number, CultureInfo.InvariantCulture);

    private static string Repeat(string text, long times) => string.Concat(Enumerable.Repeat(text, Times(times)));

    private static int Times(long times) => checked((int)Math.Max(0, times));

    private static object Integers(string op, long a, long b, Position at) => op switch
    {
        "+" => (object)checked(a + b),
        "-" => checked(a - b),
        "*" => checked(a * b),
        "/" => b == 0 ? throw at.Error("division by zero") : (double)a / b,
        "//" => b == 0 ? throw at.Error("division by zero") : FloorDivide(a, b),
        "%" => b == 0 ? throw at.Error("division by zero") : a - (FloorDivide(a, b) * b),
        "**" when b >= 0 => Power(a, b),
        "**" => Math.Pow(a, b),
        _ => throw at.Error($"operator '{op}' is not known"),
    };

    private static long FloorDivide(long a, long b) => (a / b) - ((a % b != 0) && ((a < 0) != (b < 0)) ? 1 : 0);

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
        "//" => b == 0 ? throw at.Error("division by zero") : Math.Floor(a / b),
        "%" => b == 0 ? throw at.Error("division by zero") : a - (Math.Floor(a / b) * b),
        "**" => Math.Pow(a, b),
        _ => throw at.Error($"operator '{op}' is not known"),
    };

    internal static bool Compare(string op, object? left, object? right, Position at) => op switch
    {
        "==" => Equal(left, right),
        "!=" => !Equal(left, right),
        "in" => Contains(right, left, at),
        "not in" => !Contains(right, left, at),
        "<" => Order(left, right, op, at) < 0,
        ">" => Order(left, right, op, at) > 0,
        "<=" => Order(left, right, op, at) <= 0,
        _ => Order(left, right, op, at) >= 0,
    };

    internal static bool Equal(object? left, object? right) =>
        Document.ValuesEqual(left is bool a ? (a ? 1L : 0L) : left, right is bool b ? (b ? 1L : 0L) : right);

    internal static int Order(object? left, object? right, string op, Position at) => (left, right) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        (long a, long b) => a.CompareTo(b),
        (long or double or bool, long or double or bool) => ToDouble(left).CompareTo(ToDouble(right)),
        _ => throw at.Error($"'{op}' cannot compare {Python.TypeName(left)} with {Python.TypeName(right)}"),
    };

    private static bool Contains(object? container, object? item, Position at) => container switch
    {
        string text when item is string part => text.Contains(part, StringComparison.Ordinal),
        IReadOnlyList<object?> list => list.Any(member => Equal(member, item)),
        IReadOnlyDictionary<string, object?> map => item is string key && map.ContainsKey(key),
        _ => throw at.Error($"'in' cannot search {Python.TypeName(container)} for {Python.TypeName(item)}"),
    };
}
