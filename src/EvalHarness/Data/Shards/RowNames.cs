namespace EvalHarness.Data.Shards;

/// <summary>The names of columns, or of a struct's members, which all rows share.</summary>
internal sealed class RowNames
{
    private readonly Dictionary<string, int> _places = [];

    internal RowNames(IReadOnlyList<string> names)
    {
        Names = names;
        for (int i = 0; i < names.Count; i++)
            _places.Add(names[i], i);
    }

    internal IReadOnlyList<string> Names { get; }

    internal bool TryFind(string name, out int place) => _places.TryGetValue(name, out place);
}
