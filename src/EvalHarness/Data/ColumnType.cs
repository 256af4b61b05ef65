namespace EvalHarness.Data;

/// <summary>What a column holds, as far as a dataset's card tells.</summary>
internal enum ColumnKind
{
    /// <summary>The column is there, and its type is not told, or is none that a template computes with.</summary>
    Unknown,
    Text,
    Integer,
    Number,
    Flag,
    List,
    Map,
}

/// <summary>The type of a column, without its values.</summary>
/// <param name="Kind">What the column holds.</param>
internal sealed record ColumnType(ColumnKind Kind)
{
    public static ColumnType Unknown { get; } = new(ColumnKind.Unknown);

    /// <summary>The type of a list's items; null for everything else.</summary>
    public ColumnType? Item { get; private init; }

    /// <summary>The members of a map by name; empty for everything else.</summary>
    public IReadOnlyDictionary<string, ColumnType> Members { get; private init; } = new Dictionary<string, ColumnType>();

    public static ColumnType ListOf(ColumnType item) => new(ColumnKind.List) { Item = item };

    /// <summary>A map. Of members that have the same name, the last counts.</summary>
    public static ColumnType MapOf(IEnumerable<KeyValuePair<string, ColumnType>> members)
    {
        var map = new OrderedDictionary<string, ColumnType>();
        foreach ((string name, ColumnType type) in members)
            map[name] = type;
        return new ColumnType(ColumnKind.Map) { Members = map };
    }
}
