using EvalHarness.Files;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Holds the keys beside the name of a filter or metric. Each key is taken by the method for its type, and a key that is never taken is
/// unknown.
/// </summary>
internal sealed class FunctionOptions(IReadOnlyDictionary<string, object?> values, string where)
{
    private readonly Dictionary<string, object?> _left = new(values);

    /// <summary>The file, task and step with which error messages begin.</summary>
    public string Where { get; } = where;

    public object? Take(string name, object? otherwise = null) => _left.Remove(name, out object? value) ? value : otherwise;

    public string Text(string name, string otherwise) => Take(name, otherwise) as string ?? throw Wrong(name, "text");

    public int Integer(string name, int? otherwise) =>
        WholeNumber.From(Take(name, (long?)otherwise), low: int.MinValue)
            ?? throw Wrong(name, WholeNumber.Expected(low: int.MinValue));

    public bool Flag(string name) => Take(name, false) is bool flag ? flag : throw Wrong(name, "true or false");

    public IReadOnlyList<object?> List(string name) => Take(name) switch
    {
        null => [],
        IReadOnlyList<object?> list => list,
        _ => throw Wrong(name, "a list"),
    };

    public IReadOnlyDictionary<string, object?> Map(string name) =>
        Take(name) as IReadOnlyDictionary<string, object?> ?? throw Wrong(name, "a map");

    /// <summary>Takes all options that are left, for a function that says itself which it knows.</summary>
    public IReadOnlyDictionary<string, object?> TakeAll()
    {
        var all = new Dictionary<string, object?>(_left);
        _left.Clear();
        return all;
    }

    /// <summary>Checks that all options were taken.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: an option is not known.</exception>
    public void Finish()
    {
        if (_left.Count > 0)
            throw new EvalException(ExitCode.Task, $"{Where}: unknown option {_left.Keys.First()}");
    }

    private EvalException Wrong(string name, string expected) => new(ExitCode.Task, $"{Where}: {name}: expected {expected}");
}
