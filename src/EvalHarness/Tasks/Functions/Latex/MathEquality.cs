namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>Says whether an answer has the value that is wanted.</summary>
/// <remarks>
/// Source: the behaviour of Math-Verify's verify. It is not symmetric: the wanted value says which form counts, so that x > 3 can be
/// answered by an interval, but an interval not by x > 3. Instead of by SymPy, formulas are compared at random points
/// (see <see cref="LatexEquality"/>).
/// </remarks>
internal static class MathEquality
{
    internal static bool AreEqual(MathValue wanted, MathValue given)
    {
        (wanted, given) = (Shortened(wanted), Shortened(given));
        bool wantsEquation = wanted is MathRelation { IsEquation: true };
        if (given is MathRelation { IsEquation: true } assigned && !wantsEquation)
            given = assigned.Parts[^1].Right;
        else if (wanted is MathRelation { IsAssignment: true } wantedValue && given is not MathRelation { IsEquation: true })
            wanted = wantedValue.Parts[^1].Right;

        if (wanted is MathRelation condition && IsSet(given) && RelationEquality.Solutions(condition) is { } solutions)
            return RealSet.Of(given) is { } set && solutions.Equals(set);
        return (wanted, given) switch
        {
            (MathRelation a, MathRelation b) => RelationEquality.AreEqual(a, b),
            (MathRelation, _) or (_, MathRelation) => false,
            _ when IsCollection(wanted) || IsCollection(given) => AreEqualCollections(wanted, given),
            (MathMatrix a, MathMatrix b) => AreEqual(a, b),
            (MathText a, MathText b) => a == b,
            (MathFormula a, MathFormula b) => FormulaEquality.AreEqual(a.Node, b.Node),
            _ => false,
        };
    }

    private static bool IsSet(MathValue value) => value is MathSet or MathInterval or MathNamedSet or MathSetOperation;

    private static bool IsCollection(MathValue value) => IsSet(value) || value is MathTuple;

    /// <summary>A chain of equations that begins with a symbol says that the symbol has the last value.</summary>
    private static MathValue Shortened(MathValue value) => value is MathRelation { IsAssignment: true, Parts.Count: > 1 } chain
        ? new MathRelation([new MathComparison(chain.Parts[0].Left, "=", chain.Parts[^1].Right)])
        : value;

    private static bool AreEqual(MathMatrix a, MathMatrix b) =>
        a.Rows.Count == b.Rows.Count
        && a.Rows[0].Count == b.Rows[0].Count
        && a.Rows.Zip(b.Rows).All(rows => rows.First.Zip(rows.Second).All(pair => FormulaEquality.AreEqual(pair.First, pair.Second)));

    private static bool AreEqualCollections(MathValue wanted, MathValue given)
    {
        (wanted, given) = (AsCollection(wanted), AsCollection(given));
        if (wanted is MathInterval a && given is MathInterval b)
            return AreEqual(a, b);
        if (wanted is MathNamedSet x && given is MathNamedSet y)
            return x.Name == y.Name;
        bool areLists = wanted is MathSet && given is MathSet;
        if (!areLists
            && IsSet(wanted)
            && IsSet(given)
            && RealSet.Of(wanted) is { } left
            && RealSet.Of(given) is { } right
            && left.Equals(right))
            return true;
        return (wanted, given) switch
        {
            // An open interval is written like a point.
            (MathInterval { StartIsOpen: true, EndIsOpen: true } point, MathSet or MathTuple) => AreEqualItems(Point(point), given),
            (MathSet or MathTuple, MathInterval { StartIsOpen: true, EndIsOpen: true } point) => AreEqualItems(wanted, Point(point)),
            (MathSetOperation m, MathSetOperation n) => m.Operator == n.Operator
                && (AreEqualOperands(m, n) || (m.Operator != '∖' && AreEqualOperands(m, n with { Left = n.Right, Right = n.Left }))),
            _ => AreEqualItems(wanted, given),
        };
    }

    private static bool AreEqualOperands(MathSetOperation a, MathSetOperation b) =>
        AreEqualCollections(a.Left, b.Left) && AreEqualCollections(a.Right, b.Right);

    private static MathValue AsCollection(MathValue value) => IsCollection(value) ? value : new MathSet([value]);

    private static List<MathValue> Distinct(IReadOnlyList<MathValue> items)
    {
        var distinct = new List<MathValue>();
        foreach (MathValue item in items)
        {
            if (!distinct.Any(other => AreEqual(other, item)))
                distinct.Add(item);
        }

        return distinct;
    }

    private static MathTuple Point(MathInterval interval) => new([new MathFormula(interval.Start), new MathFormula(interval.End)]);

    private static bool AreEqual(MathInterval a, MathInterval b) =>
        a.StartIsOpen == b.StartIsOpen
        && a.EndIsOpen == b.EndIsOpen
        && FormulaEquality.AreEqual(a.Start, b.Start)
        && FormulaEquality.AreEqual(a.End, b.End);

    /// <summary>Compares in order if a tuple is wanted, and otherwise in any order.</summary>
    private static bool AreEqualItems(MathValue wanted, MathValue given)
    {
        if (Items(wanted) is not { } a || Items(given) is not { } b)
            return false;
        if (wanted is MathTuple)
            return a.Count == b.Count && a.Zip(b).All(pair => AreEqual(pair.First, pair.Second));
        List<MathValue> rest = Distinct(b), all = Distinct(a);
        if (all.Count != rest.Count)
            return false;
        foreach (MathValue item in all)
        {
            int found = rest.FindIndex(other => AreEqual(item, other));
            if (found < 0)
                return false;
            rest.RemoveAt(found);
        }

        return true;
    }

    private static IReadOnlyList<MathValue>? Items(MathValue value) => value switch
    {
        MathSet set => set.Items,
        MathTuple tuple => tuple.Items,
        _ => null,
    };
}
