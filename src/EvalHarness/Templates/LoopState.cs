using System.Globalization;
using System.Text;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>
/// The variable <c>loop</c>. Items are taken one at a time, as in Jinja, so that a condition on them can depend on what the loop has done
/// before. <c>last</c> and <c>nextitem</c> take one item ahead.
/// </summary>
internal sealed class LoopState : Callable
{
    private static readonly object Missing = new();

    private readonly object? _iterable;
    private readonly Func<object?, int, Position, string>? _recurse;
    private readonly int _depth;
    private readonly Rendering _rendering;
    private IEnumerator<object?> _items;
    private object? _before = Missing;
    private object? _current = Missing;
    private object? _after = Missing;
    private long? _length;
    private List<object?>? _changed;

    /// <param name="iterable">What the loop goes through.</param>
    /// <param name="items">Its items, less those that the loop's condition leaves out.</param>
    /// <param name="depth">How many recursive loops are around this one.</param>
    /// <param name="recurse">Renders the loop over other items, one level deeper; null if the loop is not recursive.</param>
    /// <param name="rendering">The rendering of the template.</param>
    internal LoopState(
        object? iterable, IEnumerable<object?> items, int depth, Func<object?, int, Position, string>? recurse, Rendering rendering)
    {
        _rendering = rendering;
        _iterable = iterable;
        _items = items.GetEnumerator();
        _depth = depth;
        _recurse = recurse;
    }

    public override void WriteRepr(StringBuilder text, int depth) =>
        text.Append(CultureInfo.InvariantCulture, $"<LoopContext {Index0 + 1}/{Length}>");

    public override string TypeName => "a loop";

    internal long Index0 { get; private set; } = -1;

    internal long Length => _length ??= Values.Length(_iterable) ?? CountRest();

    /// <summary>Moves to the next item.</summary>
    internal bool Next(out object? item)
    {
        item = _after;
        _after = Missing;
        if (item == Missing)
        {
            if (!_items.MoveNext())
                return false;
            item = _items.Current;
        }

        Index0++;
        (_before, _current) = (_current, item);
        return true;
    }

    /// <summary>The items that are left, which a template takes by using <c>loop</c> as a list.</summary>
    internal IEnumerable<object?> Rest()
    {
        while (Next(out object? item))
            yield return PythonSequence.Tuple([item, this]);
    }

    private long CountRest()
    {
        var rest = new List<object?>();
        while (_items.MoveNext())
            rest.Add(_items.Current);
        _items = rest.AsEnumerable().GetEnumerator();
        return rest.Count + Index0 + 1 + (_after == Missing ? 0 : 1);
    }

    private object? Peek()
    {
        if (_after == Missing && _items.MoveNext())
            _after = _items.Current;
        return _after;
    }

    public override bool TryMember(string name, out object? value)
    {
        value = name switch
        {
            "index" => Index0 + 1,
            "index0" => Index0,
            "revindex" => Length - Index0,
            "revindex0" => Length - Index0 - 1,
            "first" => Index0 == 0,
            "last" => Peek() == Missing,
            "length" => Length,
            "depth" => _depth + 1L,
            "depth0" => (long)_depth,
            "previtem" => Index0 == 0 ? _rendering.Undefined("there is no previous item") : _before,
            "nextitem" => Peek() == Missing ? _rendering.Undefined("there is no next item") : _after,
            "cycle" => new Function("loop.cycle", Cycle),
            "changed" => new Function("loop.changed", arguments => Changed(arguments)),
            _ => Missing,
        };
        return value != Missing;
    }

    private object? Cycle(CallArguments arguments) => arguments.Positional.Count == 0
        ? throw arguments.At.Error("loop.cycle needs the values to go through")
        : arguments.Positional[(int)(Index0 % arguments.Positional.Count)];

    private bool Changed(CallArguments arguments)
    {
        List<object?> now = [.. arguments.Positional];
        bool changed = _changed is null || !Arithmetic.Equal(_changed, now);
        _changed = now;
        return changed;
    }

    internal override object? Call(CallArguments arguments) => _recurse is null
        ? throw arguments.At.Error("a loop that calls itself needs the word 'recursive' after its items")
        : arguments.Positional.Count == 1
            ? _recurse(arguments.Positional[0], _depth + 1, arguments.At)
            : throw arguments.At.Error("loop() needs the items to go through");
}
