using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>Filters of lists and maps.</summary>
internal static partial class TemplateFilters
{
    private static void AddSequences(Adding add)
    {
        add("first", (value, a) => First(Values.Items(value, a.At), a));
        add("last", (value, a) => First(Reversed(value, a.At), a));
        add("list", (value, a) => Items(value, a.At));
        add("items", Pairs);
        add("reverse", Reverse);
        add("join", Join, 0, "d", "attribute");
        add("sort", Sort, 0, "reverse", "case_sensitive", "attribute");
        add("unique", (value, a) => new Generator(Unique(value, a)), 0, "case_sensitive", "attribute");
        add("min", (value, a) => Extreme(value, a, -1), 0, "case_sensitive", "attribute");
        add("max", (value, a) => Extreme(value, a, 1), 0, "case_sensitive", "attribute");
        add("sum", Sum, 0, "attribute", "start");
        add("dictsort", SortMap, 0, "case_sensitive", "by", "reverse");
        add("groupby", Group, 1, "attribute", "default", "case_sensitive");
        add("batch", (value, a) => new Generator(Batch(value, a)), 1, "linecount", "fill_with");
        add("slice", (value, a) => new Generator(Columns(value, a)), 1, "slices", "fill_with");
    }

    private static object? First(IEnumerable<object?> items, CallArguments arguments)
    {
        foreach (object? item in items)
            return item;
        return arguments.Evaluator.Rendering.Undefined("an empty sequence has no first or last item");
    }

    /// <summary>The items in the opposite order, of what has an order.</summary>
    private static IEnumerable<object?> Reversed(object? value, Position at) => value is Generator
        ? throw at.Error("a generator cannot be reversed; make it a list first")
        : Items(value, at).AsEnumerable().Reverse();

    private static object Reverse(object? value, CallArguments arguments)
    {
        if (Values.AsText(value) is { } text)
            return Like(value, string.Concat(Evaluator.CodePoints(text).Reverse()));
        List<object?> items = [.. Items(value, arguments.At).AsEnumerable().Reverse()];
        return value is Generator ? items : new Generator(items);
    }

    private static object Pairs(object? value, CallArguments arguments)
    {
        if (!(value is Undefined undefined ? undefined.Lenient(true) : Values.IsMap(value)))
            throw arguments.At.Error($"items is applied to {Python.TypeName(value)}; expected a map");
        return new Generator(
            Values.Members(value).Select(m => (object?)PythonSequence.Tuple([m.Key, m.Value])));
    }

    private static string Join(object? value, CallArguments arguments)
    {
        Func<object?, object?> get = Getter(arguments.Get(1, "attribute", null), arguments, null);
        return TextMethods.Joined(
            Python.Str(arguments.Get(0, "d", "")), Values.Items(value, arguments.At).Select(item => Python.Str(get(item))));
    }

    /// <summary>What items are compared by: an attribute or the item itself, without regard to upper and lower case.</summary>
    private static Func<object?, object?> Key(CallArguments arguments, int caseAt, object? attribute, object? otherwise = null)
    {
        Func<object?, object?> get = Getter(attribute, arguments, otherwise);
        return Python.IsTrue(arguments.Get(caseAt, "case_sensitive", false)) ? get : item => IgnoreCase(get(item));
    }

    private static object? IgnoreCase(object? value) => Values.AsText(value) is { } text ? PythonCase.Lower(text) : value;

    private static List<object?> Sorted(IEnumerable<object?> items, Func<object?, object?> key, bool reverse, Position at)
    {
        var order = Comparer<object?>.Create((a, b) => Arithmetic.Order(a, b, "<", at) is not Arithmetic.NoOrder and var comparison
            ? comparison
            : throw at.Error("numbers of which one is NaN cannot be sorted"));
        try
        {
            return [.. reverse ? items.OrderByDescending(key, order) : items.OrderBy(key, order)];
        }
        catch (InvalidOperationException e) when (e.InnerException is TemplateException or PythonLimitException)
        {
            // .NET wraps what a comparison throws.
            throw e.InnerException;
        }
    }

    private static List<object?> Sort(object? value, CallArguments arguments)
    {
        object? attribute = arguments.Get(2, "attribute", null);
        object?[] attributes = attribute is string text ? text.Split(',') : [attribute];
        Func<object?, object?>[] keys = [.. attributes.Select(a => Key(arguments, 1, a))];
        return Sorted(
            Items(value, arguments.At),
            item => keys.Select(k => k(item)).ToList(),
            Python.IsTrue(arguments.Get(0, "reverse", false)),
            arguments.At);
    }

    private static IEnumerable<object?> Unique(object? value, CallArguments arguments)
    {
        Func<object?, object?> key = Key(arguments, 0, arguments.Get(1, "attribute", null));
        var seen = new PythonDict();
        foreach (object? item in Values.Items(value, arguments.At))
        {
            object? compared = key(item);
            if (!PythonDict.CanBeKey(compared))
                throw arguments.At.Error($"unique cannot compare {Python.TypeName(compared)}");
            if (seen.TryGetValue(compared, out _))
                continue;
            seen[compared] = true;
            yield return item;
        }
    }

    private static object? Extreme(object? value, CallArguments arguments, int sign)
    {
        Func<object?, object?> key = Key(arguments, 0, arguments.Get(1, "attribute", null));
        List<object?> items = Items(value, arguments.At);
        if (items.Count == 0)
            return arguments.Evaluator.Rendering.Undefined("an empty sequence has no smallest or largest item");
        object? best = items[0];
        foreach (object? item in items.Skip(1))
        {
            if (Arithmetic.Order(key(item), key(best), "<", arguments.At) * sign > 0)
                best = item;
        }

        return best;
    }

    private static object? Sum(object? value, CallArguments arguments)
    {
        Func<object?, object?> get = Getter(arguments.Get(0, "attribute", null), arguments, null);
        object? start = arguments.Get(1, "start", 0L);
        if (Values.AsText(start) is not null)
            throw arguments.At.Error("sum cannot add texts; use join");
        return Values.Items(value, arguments.At).Aggregate(start, (sum, item) =>
        {
            object? next = Arithmetic.Apply("+", sum, get(item), arguments.At);
            arguments.Evaluator.Rendering.Made(next, arguments.At);
            return next;
        });
    }

    private static object SortMap(object? value, CallArguments arguments)
    {
        if (!Values.IsMap(value) || arguments.Get(1, "by", "key") is not ("key" or "value"))
            throw arguments.At.Error($"dictsort of {Python.TypeName(value)}; expected a map, and 'key' or 'value' to sort by");
        int by = arguments.Get(1, "by", "key") is "key" ? 0 : 1;
        Func<object?, object?> key = Key(arguments, 0, null);
        IEnumerable<object?> pairs = Values.Members(value).Select(m => PythonSequence.Tuple([m.Key, m.Value]));
        bool reverse = Python.IsTrue(arguments.Get(2, "reverse", false));
        return Sorted(pairs, pair => key(((IReadOnlyList<object?>)pair!)[by]), reverse, arguments.At);
    }

    private static List<object?> Group(object? value, CallArguments arguments)
    {
        object? attribute = arguments.Get(0, "attribute", null), otherwise = arguments.Get(1, "default", null);
        Func<object?, object?> key = Key(arguments, 2, attribute, otherwise), name = Getter(attribute, arguments, otherwise);
        var groups = new List<object?>();
        var members = new List<object?>();
        foreach (object? item in Sorted(Items(value, arguments.At), key, reverse: false, arguments.At))
        {
            if (members.Count > 0 && !Arithmetic.Equal(key(members[0]), key(item)))
            {
                groups.Add(PythonSequence.Tuple([name(members[0]), members], "grouper", "list"));
                members = [];
            }

            members.Add(item);
        }

        if (members.Count > 0)
            groups.Add(PythonSequence.Tuple([name(members[0]), members], "grouper", "list"));
        return groups;
    }

    private static IEnumerable<object?> Batch(object? value, CallArguments arguments)
    {
        long size = Whole(arguments, 0, "linecount", 0);
        object? fill = arguments.Get(1, "fill_with", null);
        var row = new List<object?>();
        foreach (object? item in Values.Items(value, arguments.At))
        {
            if (row.Count == size)
            {
                yield return row;
                row = [];
            }

            row.Add(item);
        }

        if (row.Count == 0)
            yield break;
        if (size > Methods.LargestSize)
            throw arguments.At.Error($"batch of {size} items; expected {Methods.LargestSize} or fewer");
        while (fill is not null && row.Count < size)
            row.Add(fill);
        yield return row;
    }

    private static IEnumerable<object?> Columns(object? value, CallArguments arguments)
    {
        long slices = Whole(arguments, 0, "slices", 0);
        object? fill = arguments.Get(1, "fill_with", null);
        List<object?> items = Items(value, arguments.At);
        if (slices is 0 or > Methods.LargestSize or < -Methods.LargestSize)
            throw arguments.At.Error($"slice into {slices} lists; expected 1 to {Methods.LargestSize}");
        int start = 0;
        for (int i = 0; i < slices; i++)
        {
            int count = (int)(items.Count / slices) + (i < items.Count % slices ? 1 : 0);
            List<object?> column = items.GetRange(start, count);
            start += count;
            if (fill is not null && i >= items.Count % slices)
                column.Add(fill);
            yield return column;
        }
    }
}
