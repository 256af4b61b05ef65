using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace EvalHarness.Pythonic;

/// <summary>A map whose keys are not all strings. Maps with string keys alone are dictionaries of .NET.</summary>
internal sealed class PythonDict : PythonObject, IEnumerable<KeyValuePair<object?, object?>>
{
    private readonly OrderedDictionary<Key, object?> _members = [];

    public override string TypeName => "a map";

    public override bool IsTrue => Count > 0;

    public int Count => _members.Count;

    public object? this[object? key]
    {
        set
        {
            // As in Python, a key that is there already keeps its place and its form: {1: 'a', True: 'b'} is {1: 'b'}.
            _members[new Key(key)] = value;
        }
    }

    public bool TryGetValue(object? key, [MaybeNullWhen(false)] out object? value) => _members.TryGetValue(new Key(key), out value);

    public IEnumerator<KeyValuePair<object?, object?>> GetEnumerator() =>
        _members.Select(m => KeyValuePair.Create(m.Key.Value, m.Value)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override void WriteRepr(StringBuilder text, int depth) => Python.WriteMembers(text, this, depth);

    /// <summary>A map of members: a dictionary of .NET if all keys are strings, and otherwise a map of this class.</summary>
    internal static object Of(IReadOnlyList<KeyValuePair<object?, object?>> members)
    {
        if (members.All(m => m.Key is string or PythonText))
        {
            var texts = new OrderedDictionary<string, object?>();
            foreach ((object? key, object? value) in members)
                texts[Python.Str(key)] = value;
            return texts;
        }

        var any = new PythonDict();
        foreach ((object? key, object? value) in members)
            any[key] = value;
        return any;
    }

    /// <summary>Whether a value can be a key: numbers, strings, booleans, None and tuples of them.</summary>
    public static bool CanBeKey(object? value) => value switch
    {
        PythonSequence sequence => sequence.All(CanBeKey),
        IReadOnlyList<object?> or IReadOnlyDictionary<string, object?> or PythonDict => false,
        _ => true,
    };

    /// <summary>A key with Python's equality, in which 1, 1.0 and True are one key.</summary>
    private readonly struct Key(object? value) : IEquatable<Key>
    {
        public object? Value { get; } = value;

        private object? Normal => Value switch
        {
            bool flag => flag ? 1L : 0L,
            double number when double.IsFinite(number) && number == Math.Floor(number) => PythonInteger.Truncate(number),
            PythonText text => text.Text,
            var other => other,
        };

        public bool Equals(Key other) => Value is PythonSequence mine && other.Value is PythonSequence theirs
            ? mine.Count == theirs.Count && mine.Zip(theirs).All(p => new Key(p.First).Equals(new Key(p.Second)))
            : Equals(Normal, other.Normal);

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode() => Value is PythonSequence sequence
            ? sequence.Aggregate(sequence.Count, (hash, item) => HashCode.Combine(hash, new Key(item).GetHashCode()))
            : Normal?.GetHashCode() ?? 0;
    }
}
