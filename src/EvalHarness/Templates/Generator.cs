using System.Collections;
using System.Text;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>Items that are computed one by one. As in Python, what has been taken is gone, and the generator itself is true.</summary>
internal sealed class Generator(IEnumerable<object?> items) : PythonObject, IEnumerable<object?>
{
    private readonly IEnumerator<object?> _items = items.GetEnumerator();

    public override string TypeName => "a generator";

    public override void WriteRepr(StringBuilder text, int depth) => throw new PythonLimitException(
        "a generator has no text, because Python prints an address in memory; make it a list with '| list' first");

    public IEnumerator<object?> GetEnumerator()
    {
        while (_items.MoveNext())
            yield return _items.Current;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>What <c>keys()</c>, <c>values()</c> and <c>items()</c> of a map give. It has a length, and no indices.</summary>
internal sealed class MapView(string kind, IReadOnlyList<object?> items) : PythonObject, IEnumerable<object?>
{
    public override string TypeName => $"a view of a map's {kind}";

    public override bool IsTrue => items.Count > 0;

    internal string Kind => kind;

    internal int Count => items.Count;

    public IEnumerator<object?> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override void WriteRepr(StringBuilder text, int depth) => Python.WriteItems(text, $"dict_{kind}([", items, "])", depth);
}
