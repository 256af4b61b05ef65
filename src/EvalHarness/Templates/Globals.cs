using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>The functions that every template may call: Jinja's, besides <c>lipsum</c>, whose text is drawn at random.</summary>
/// <remarks>Source: the template designer documentation of Jinja 3.1, "List of Global Functions".</remarks>
internal static class Globals
{
    internal static IReadOnlyDictionary<string, object?> Jinja { get; } = new Dictionary<string, object?>
    {
        ["range"] = new Function("range", Methods.Range),
        ["namespace"] = new Function("namespace", MakeNamespace),
        ["dict"] = new Function("dict", MakeMap),
        ["cycler"] = new Function("cycler", arguments => new Cycler([.. arguments.Positional], arguments.At)),
        ["joiner"] = new Function("joiner", MakeJoiner),
    };

    private static Namespace MakeNamespace(CallArguments arguments)
    {
        var space = new Namespace();
        foreach ((object? name, object? value) in Values.Members(MakeMap(arguments)))
            space[Values.AsText(name) ?? throw arguments.At.Error("the attributes of a namespace have names")] = value;
        return space;
    }

    private static object MakeMap(CallArguments arguments)
    {
        if (arguments.Positional.Count > 1)
            throw arguments.At.Error($"dict and namespace take one map or list of pairs, got {arguments.Positional.Count}");
        var members = new List<KeyValuePair<object?, object?>>();
        if (arguments.Positional is [var from])
        {
            if (Values.IsMap(from))
                members.AddRange(Values.Members(from));
            else
                members.AddRange(Values.Items(from, arguments.At).Select(pair => Pair(pair, arguments.At)));
        }

        members.AddRange(arguments.Named.Select(n => KeyValuePair.Create((object?)n.Key, n.Value)));
        arguments.Evaluator.Rendering.Step(arguments.At, members.Count);
        return PythonDict.Of(members);
    }

    private static KeyValuePair<object?, object?> Pair(object? pair, Position at) =>
        Values.Items(pair, at).Take(3).ToList() is [var key, var value] && PythonDict.CanBeKey(key)
            ? KeyValuePair.Create(key, value)
            : throw at.Error("dict is made of a list; expected pairs of a key and a value in it");

    private static Function MakeJoiner(CallArguments arguments)
    {
        arguments.Expect("joiner", 0, "sep");
        object? separator = arguments.Get(0, "sep", ", ");
        bool used = false;
        return new Function("joiner", _ =>
        {
            (bool first, used) = (!used, true);
            return first ? "" : separator;
        });
    }

    /// <summary>What <c>cycler()</c> makes: values that are gone through again and again.</summary>
    private sealed class Cycler : PythonObject
    {
        private readonly IReadOnlyList<object?> _items;
        private int _place;

        internal Cycler(IReadOnlyList<object?> items, Position at) =>
            _items = items.Count > 0 ? items : throw at.Error("cycler needs the values to go through");

        public override string TypeName => "a cycler";

        public override bool TryMember(string name, out object? value)
        {
            value = name switch
            {
                "current" => _items[_place],
                "next" => new Function("cycler.next", _ => Next()),
                "reset" => new Function("cycler.reset", _ => Reset()),
                "items" => PythonSequence.Tuple(_items),
                "pos" => (long)_place,
                _ => null,
            };
            return name is "current" or "next" or "reset" or "items" or "pos";
        }

        private object? Next()
        {
            object? item = _items[_place];
            _place = (_place + 1) % _items.Count;
            return item;
        }

        private object? Reset()
        {
            _place = 0;
            return null;
        }
    }
}
