using System.Globalization;
using System.Numerics;

namespace EvalHarness.Data.Tables;

/// <summary>
/// What the values of a column of JSON are, gathered over the rows, as Arrow's reader does: whole numbers among floating point numbers are
/// floating point numbers, a column in which every text is a date or a time of a day has points in time, and an object has the keys of all
/// objects of its column, in the order in which they appear. A column of several kinds keeps every value as it is.
/// </summary>
/// <param name="hasTimes">Whether texts become points in time; otherwise they stay texts.</param>
internal sealed class JsonShape(bool hasTimes)
{
    [Flags]
    private enum Kind
    {
        None = 0,
        Truth = 1,
        Whole = 2,
        Float = 4,
        Text = 8,
        List = 16,
        Map = 32,
    }

    private readonly bool _hasTimes = hasTimes;

    private Kind _kinds;

    /// <summary>Whether every text so far is a point in time.</summary>
    private bool _areTimes = hasTimes;

    private JsonShape? _items;

    private readonly OrderedDictionary<string, JsonShape> _members = [];

    /// <summary>The keys of all objects.</summary>
    internal IReadOnlyList<string> Keys => [.. _members.Keys];

    private bool IsMixed => _kinds is not (Kind.None or Kind.Truth or Kind.Whole or Kind.Float or (Kind.Whole | Kind.Float)
        or Kind.Text or Kind.List or Kind.Map);

    private static Kind KindOf(object? value) => value switch
    {
        null => Kind.None,
        bool => Kind.Truth,
        long or BigInteger => Kind.Whole,
        double => Kind.Float,
        string => Kind.Text,
        IReadOnlyList<object?> => Kind.List,
        _ => Kind.Map,
    };

    /// <summary>Takes another value into account.</summary>
    internal void Add(object? value)
    {
        _kinds |= KindOf(value);
        _areTimes = _areTimes && (value is not string text || IsoTime.Parse(text) is not null);
        if (value is IReadOnlyList<object?> list)
        {
            foreach (object? item in list)
                (_items ??= new JsonShape(_hasTimes)).Add(item);
        }
        else if (value is IReadOnlyDictionary<string, object?> map)
        {
            foreach ((string key, object? member) in map)
            {
                if (!_members.TryGetValue(key, out JsonShape? shape))
                    _members[key] = shape = new JsonShape(_hasTimes);
                shape.Add(member);
            }
        }
    }

    /// <summary>The value as a template sees it.</summary>
    /// <exception cref="FormatException">The value has a key or a kind that no value before had.</exception>
    internal object? Convert(object? value)
    {
        if (value is null)
            return null;
        Kind kind = KindOf(value);
        if (kind == Kind.Whole && _kinds.HasFlag(Kind.Float))
            kind = Kind.Float;
        if (!_kinds.HasFlag(kind) && _kinds != Kind.None)
            throw new FormatException($"is {Name(kind)}, and was {Name(_kinds)} in the first file");
        if (IsMixed)
            return value;
        return value switch
        {
            long whole when kind == Kind.Float => (double)whole,
            // The conversion of BigInteger cuts digits off; the parser rounds to the nearest number.
            BigInteger whole when kind == Kind.Float => double.Parse(
                whole.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
            string text when _areTimes && _kinds == Kind.Text => IsoTime.Parse(text) ?? throw new FormatException(
                $"is '{text}', and was a date in every row of the first file; say convert_dates: false in dataset_kwargs to keep texts"),
            IReadOnlyList<object?> list => (IReadOnlyList<object?>)[.. list.Select(i => (_items ?? this).Convert(i))],
            IReadOnlyDictionary<string, object?> map => Convert(map),
            _ => value,
        };
    }

    private OrderedDictionary<string, object?> Convert(IReadOnlyDictionary<string, object?> map)
    {
        if (map.Keys.FirstOrDefault(k => !_members.ContainsKey(k)) is { } unknown)
            throw new FormatException($"has the key {unknown}, which the first file has not");
        var whole = new OrderedDictionary<string, object?>(_members.Count);
        foreach ((string key, JsonShape shape) in _members)
        {
            try
            {
                whole[key] = shape.Convert(map.GetValueOrDefault(key));
            }
            catch (FormatException e)
            {
                throw new FormatException($"{key} {e.Message}", e);
            }
        }

        return whole;
    }

    private static string Name(Kind kinds) => kinds switch
    {
        Kind.Truth => "true or false",
        Kind.Whole => "a whole number",
        Kind.Float or (Kind.Whole | Kind.Float) => "a number",
        Kind.Text => "text",
        Kind.List => "a list",
        Kind.Map => "an object",
        _ => "of several kinds",
    };
}
