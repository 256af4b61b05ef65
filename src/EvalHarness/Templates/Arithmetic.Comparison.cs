using System.Numerics;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>Compares values as Python does.</summary>
internal static partial class Arithmetic
{
    /// <summary>How deep lists and maps are compared. Python gives up at its limit of nested calls.</summary>
    private const int DeepestComparison = 300;

    /// <summary>Stands for the order of NaN and another number, which there is not.</summary>
    internal const int NoOrder = int.MinValue;

    internal static bool Compare(string op, object? left, object? right, Position at) => op switch
    {
        "==" => Equal(left, right),
        "!=" => !Equal(left, right),
        "in" => Contains(right, left, at),
        "not in" => !Contains(right, left, at),
        // Nothing is true of the order of a number that is none.
        "<" => Order(left, right, op, at) is < 0 and not NoOrder,
        ">" => Order(left, right, op, at) is > 0 and not NoOrder,
        "<=" => Order(left, right, op, at) is <= 0 and not NoOrder,
        _ => Order(left, right, op, at) is >= 0 and not NoOrder,
    };

    /// <summary>
    /// Python's <c>==</c>: lists, tuples and maps are compared by content, 1 equals 1.0 and True, and undefined values equal one another.
    /// </summary>
    internal static bool Equal(object? left, object? right)
    {
        int comparisons = 0;
        return Equal(left, right, 0, ref comparisons);
    }

    private static bool Equal(object? left, object? right, int depth, ref int comparisons)
    {
        if (depth > DeepestComparison || ++comparisons > Methods.LargestSize)
            throw new PythonLimitException("values that are compared are too large or nested too deeply");
        if (left is Undefined missing)
            return missing.Lenient(right is Undefined);
        if (right is Undefined other)
            return other.Lenient(false);
        if (ReferenceEquals(left, right))
            return left is not double.NaN || depth > 0;
        left = left is bool leftFlag ? (leftFlag ? 1L : 0L) : Values.AsText(left) ?? left;
        right = right is bool rightFlag ? (rightFlag ? 1L : 0L) : Values.AsText(right) ?? right;
        switch (left, right)
        {
            case (long or BigInteger, double y):
                return PythonInteger.Compare(PythonInteger.From(left)!.Value, y) == 0;
            case (double x, long or BigInteger):
                return PythonInteger.Compare(PythonInteger.From(right)!.Value, x) == 0;
            case (double x, double y):
                return x == y;
            case (IReadOnlyList<object?> x, IReadOnlyList<object?> y):
                if (x.Count != y.Count || FormOf(x) != FormOf(y))
                    return false;
                for (int i = 0; i < x.Count; i++)
                {
                    if (!Equal(x[i], y[i], depth + 1, ref comparisons))
                        return false;
                }

                return true;
            case (not null, not null) when Values.IsMap(left) && Values.IsMap(right):
                if (Values.Length(left) != Values.Length(right))
                    return false;
                foreach ((object? key, object? value) in Values.Members(left))
                {
                    if (!Values.TryMember(right, key, out object? theirs) || !Equal(value, theirs, depth + 1, ref comparisons))
                        return false;
                }

                return true;
            default:
                return Equals(left, right);
        }
    }

    /// <summary>Lists, tuples and ranges never equal one another.</summary>
    private static int FormOf(IReadOnlyList<object?> list) => list is PythonSequence sequence ? (sequence.IsRange ? 2 : 1) : 0;

    /// <summary>Compares values that Python can order: numbers, texts, and lists or tuples of them.</summary>
    internal static int Order(object? left, object? right, string op, Position at) => Order(left, right, op, at, 0);

    private static int Order(object? left, object? right, string op, Position at, int depth)
    {
        switch (Values.AsText(left) ?? left, Values.AsText(right) ?? right)
        {
            case (string a, string b):
                return CodePointOrder.Compare(a, b);
            case (long a, long b):
                return a.CompareTo(b);
            case (double a, double b):
                return double.IsNaN(a) || double.IsNaN(b) ? NoOrder : a.CompareTo(b);
            case (double a, _) when PythonInteger.From(right) is { } b:
                return -PythonInteger.Compare(b, a) ?? NoOrder;
            case (_, double b) when PythonInteger.From(left) is { } a:
                return PythonInteger.Compare(a, b) ?? NoOrder;
            case (not null, not null) when PythonInteger.From(left) is { } a && PythonInteger.From(right) is { } b:
                return a.CompareTo(b);
            case (IReadOnlyList<object?> a, IReadOnlyList<object?> b)
                when FormOf(a) == FormOf(b) && FormOf(a) < 2 && depth < DeepestComparison:
                for (int i = 0; i < Math.Min(a.Count, b.Count); i++)
                {
                    if (!Equal(a[i], b[i]))
                        return Order(a[i], b[i], op, at, depth + 1);
                }

                return a.Count.CompareTo(b.Count);
            default:
                throw at.Error($"'{op}' cannot compare {Described(left)} with {Described(right)}");
        }
    }

    private static bool Contains(object? container, object? item, Position at)
    {
        if (Values.AsText(container) is { } text)
        {
            return Values.AsText(item) is { } part
                ? text.Contains(part, StringComparison.Ordinal)
                : throw at.Error($"'in' cannot search {Python.TypeName(container)} for {Described(item)}");
        }

        if (Values.IsMap(container))
        {
            return PythonDict.CanBeKey(item)
                ? Values.TryMember(container, item, out _)
                : throw at.Error($"{Python.TypeName(item)} cannot be a key of a map");
        }

        return Values.IsIterable(container)
            ? Values.Items(container, at).Any(member => Equal(member, item))
            : throw at.Error($"'in' cannot search {Python.TypeName(container)} for {Python.TypeName(item)}");
    }
}
