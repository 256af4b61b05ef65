namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>A set of real numbers as a sorted union of intervals that do not meet. A single number is an interval of length 0.</summary>
internal sealed class RealSet
{
    /// <summary>A part of the set. An infinite end is open.</summary>
    private readonly record struct Part(double Start, double End, bool StartIsOpen, bool EndIsOpen)
    {
        internal bool Has(double x) => (StartIsOpen ? Start < x : Start <= x) && (EndIsOpen ? x < End : x <= End);
    }

    private readonly Part[] _parts;

    private RealSet(IEnumerable<Part> parts) => _parts = [.. parts];

    internal static RealSet Reals { get; } = new([new Part(double.NegativeInfinity, double.PositiveInfinity, true, true)]);

    /// <returns>The set that a value stands for, or null if it is no set of real numbers that are known.</returns>
    internal static RealSet? Of(MathValue value)
    {
        switch (value)
        {
            case MathInterval interval:
                return Between(ExactEnd(interval.Start), ExactEnd(interval.End), interval.StartIsOpen, interval.EndIsOpen);
            case MathSet set:
                double[] points = [.. set.Items.Select(item => item is MathFormula formula ? ExactEnd(formula.Node) : double.NaN)];
                return points.All(double.IsFinite) ? new RealSet(Simplify(points.Select(p => new Part(p, p, false, false)))) : null;
            case MathNamedSet { Name: "R" }:
                return Reals;
            // SymPy leaves an intersection as it is, so that it is equal only to the same intersection.
            case MathSetOperation { Operator: not '∩' } operation
                when Of(operation.Left) is { } left && Of(operation.Right) is { } right:
                bool isUnion = operation.Operator == '∪';
                return left.Combine(right, (a, b) => isUnion ? a || b : a && !b);
            default:
                return null;
        }
    }

    internal static RealSet? Between(double start, double end, bool startIsOpen, bool endIsOpen)
    {
        if (double.IsNaN(start) || double.IsNaN(end))
            return null;
        bool isEmpty = start > end || (start == end && (startIsOpen || endIsOpen));
        return new RealSet(isEmpty ? [] : [new Part(start, end, startIsOpen, endIsOpen)]);
    }

    /// <returns>
    /// The value of a formula as the end of an interval, which can be infinite, or NaN if it has symbols, is complex or is too large for a
    /// double.
    /// </returns>
    internal static double End(LatexNode node)
    {
        if (node is LatexOperator { Text: LatexParser.Infinity })
            return double.PositiveInfinity;
        if (node is LatexBinary { Operator: '*', Left: LatexNumber { Value.Numerator.Sign: -1 }, Right: LatexOperator })
            return double.NegativeInfinity;
        System.Numerics.Complex value = node.Evaluate(MathConstants.Of);
        return Math.Abs(value.Imaginary) < 1e-12 && double.IsFinite(value.Real) ? value.Real : double.NaN;
    }

    /// <summary>As <see cref="End"/>, but NaN for a number so large that whole numbers beside it are the same double.</summary>
    private static double ExactEnd(LatexNode node)
    {
        double end = End(node);
        return double.IsFinite(end) && Math.Abs(end) >= 1L << 52 ? double.NaN : end;
    }

    internal RealSet Combine(RealSet other, Func<bool, bool, bool> keep)
    {
        double[] ends = [.. _parts.Concat(other._parts).SelectMany(p => new[] { p.Start, p.End }).Distinct().Order()];
        var parts = new List<Part>();
        void Add(Part part, double inside)
        {
            if (keep(Has(inside), other.Has(inside)))
                parts.Add(part);
        }

        // Between two neighbouring ends, and at each of them, each set has all numbers or none.
        double[] all = [double.NegativeInfinity, .. ends.Where(double.IsFinite), double.PositiveInfinity];
        for (int i = 0; i + 1 < all.Length; i++)
        {
            Add(new Part(all[i], all[i + 1], true, true), Middle(all[i], all[i + 1]));
            if (double.IsFinite(all[i + 1]))
                Add(new Part(all[i + 1], all[i + 1], false, false), all[i + 1]);
        }

        return new RealSet(Simplify(parts));
    }

    internal bool Equals(RealSet other) => _parts.Length == other._parts.Length && _parts.Zip(other._parts).All(pair =>
        Same(pair.First.Start, pair.Second.Start)
        && Same(pair.First.End, pair.Second.End)
        && pair.First.StartIsOpen == pair.Second.StartIsOpen
        && pair.First.EndIsOpen == pair.Second.EndIsOpen);

    private static bool Same(double a, double b) =>
        a == b
        || (double.IsFinite(a)
            && double.IsFinite(b)
            && !(double.IsInteger(a) && double.IsInteger(b))
            && Math.Abs(a - b) <= 1e-12 * Math.Max(Math.Abs(a), Math.Abs(b)));

    private bool Has(double x) => _parts.Any(part => part.Has(x));

    private static double Middle(double a, double b) => (double.IsFinite(a), double.IsFinite(b)) switch
    {
        (true, true) => a + ((b - a) / 2),
        (true, false) => a + 1 + Math.Abs(a),
        (false, true) => b - 1 - Math.Abs(b),
        _ => 0,
    };

    /// <summary>Sorts parts that have no number in common, and joins those that touch.</summary>
    private static List<Part> Simplify(IEnumerable<Part> parts)
    {
        var joined = new List<Part>();
        foreach (Part part in parts.Distinct().OrderBy(p => p.Start).ThenBy(p => p.End))
        {
            bool touches = joined.Count > 0 && joined[^1].End == part.Start && !(joined[^1].EndIsOpen && part.StartIsOpen);
            if (touches)
                joined[^1] = joined[^1] with { End = part.End, EndIsOpen = part.EndIsOpen };
            else
                joined.Add(part);
        }

        return joined;
    }
}
