using System.Globalization;
using System.Numerics;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>Evaluates members, indices, slices and calls.</summary>
internal sealed partial class Evaluator
{
    private object? Member(object? target, Attribute attribute)
    {
        string name = attribute.Member;
        if (target is Undefined undefined)
            throw attribute.At.Error($"'{name}' is asked of an undefined value: {undefined.Description}");
        if (Options.IsChat && Methods.IsRefused(target, name))
            return rendering.Undefined($"the sandbox does not allow '{name}' of {Python.TypeName(target)}");
        if (Methods.Exists(target, name))
            return new BoundMethod(target, name);
        if (Methods.TryAttribute(target, name, out object? member))
            return member;
        if (Values.IsMap(target))
        {
            return Values.TryMember(target, name, out object? value)
                ? value
                : rendering.Undefined(
                    $"the map has no member '{name}'; it has {string.Join(", ", Values.Members(target).Take(12).Select(m => m.Key))}");
        }

        return rendering.Undefined($"{Python.TypeName(target)} has no member '{name}'");
    }

    /// <summary>The item of a list, text or map. In a lenient environment, what has no items has an undefined one.</summary>
    internal object? Item(object? target, object? key, Position at)
    {
        switch (target, key)
        {
            case (Undefined undefined, _):
                throw at.Error($"an item is asked of an undefined value: {undefined.Description}");
            case (PythonDict or IReadOnlyDictionary<string, object?>, _) when PythonDict.CanBeKey(key):
                if (Values.TryMember(target, key, out object? member))
                    return member;
                break;
            case (IReadOnlyList<object?> list, long or bool):
                int position = Resolve(Convert.ToInt64(key, CultureInfo.InvariantCulture), list.Count);
                return position < 0 ? rendering.Undefined($"index {key} is outside a list of {list.Count}") : list[position];
            case (string or PythonText, long or bool):
                string[] characters = CodePoints(Values.AsText(target)!);
                int place = Resolve(Convert.ToInt64(key, CultureInfo.InvariantCulture), characters.Length);
                return place < 0 ? rendering.Undefined($"index {key} is outside a string of {characters.Length}") : characters[place];
            default:
                break;
        }

        if (Values.AsText(key) is { } attribute && !(Options.IsChat && Methods.IsRefused(target, attribute)))
        {
            if (Methods.Exists(target, attribute))
                return new BoundMethod(target, attribute);
            if (Methods.TryAttribute(target, attribute, out object? value))
                return value;
        }

        return rendering.Undefined(Values.IsMap(target)
            ? $"the map has no member '{Python.Str(key)}'"
            : $"{Python.TypeName(target)} has no item '{Python.Str(key)}'");
    }

    /// <summary>Counts a negative index from the end. Returns -1 if the index is out of range.</summary>
    private static int Resolve(long index, int count)
    {
        if (index < 0)
            index += count;
        return index >= 0 && index < count ? (int)index : -1;
    }

    /// <summary>Splits a text into the characters that Python counts, which are code points instead of UTF-16 code units.</summary>
    internal static string[] CodePoints(string text) => [.. text.EnumerateRunes().Select(r => r.ToString())];

    private object Sliced(Slice slice)
    {
        long? Bound(Expression? bound) => bound is null ? null : Value(bound) switch
        {
            long number => number,
            bool flag => flag ? 1 : 0,
            BigInteger number => number.Sign < 0 ? long.MinValue : long.MaxValue,
            null => null,
            var other => throw bound.At.Error($"a slice bound is {Python.TypeName(other)}; expected an integer"),
        };

        object? target = Value(slice.Target);
        long step = Bound(slice.Step) ?? 1;
        IEnumerable<int> Indices(int length) => Python.SliceIndices(length, Bound(slice.Start), Bound(slice.Stop), step);
        if (step == 0)
            throw slice.At.Error("the step of a slice cannot be 0");
        rendering.Read(target, slice.At);
        switch (target)
        {
            case string or PythonText:
                string[] characters = CodePoints(Values.AsText(target)!);
                string text = string.Concat(Indices(characters.Length).Select(i => characters[i]));
                return target is PythonText ? new PythonText(text) : text;
            case PythonSequence sequence:
                List<object?> part = [.. Indices(sequence.Count).Select(i => sequence[i])];
                return sequence.IsRange ? Methods.RangeOf(part, step) : PythonSequence.Tuple(part);
            case IReadOnlyList<object?> list:
                return Indices(list.Count).Select(i => list[i]).ToList();
            default:
                throw slice.At.Error($"{Python.TypeName(target)} cannot be sliced; expected a string or a list");
        }
    }

    /// <param name="call">The call.</param>
    /// <param name="caller">The body of the call block that the call stands in; null if it stands in none.</param>
    internal object? Invoke(Call call, Macro? caller)
    {
        object? target = Value(call.Target);
        switch (target)
        {
            case Undefined undefined:
                throw call.At.Error(undefined.Description);
            case Callable callable:
                CallArguments arguments = Bind(call.Arguments, call.At);
                return callable.Call(caller is null
                    ? arguments
                    : arguments with { Named = new OrderedDictionary<string, object?>(arguments.Named) { ["caller"] = caller } });
            default:
                throw call.At.Error($"{Python.TypeName(target)} cannot be called");
        }
    }

    /// <summary>The values of arguments.</summary>
    internal CallArguments Bind(Arguments arguments, Position at)
    {
        List<object?> positional = [.. arguments.Positional.Select(Value)];
        var named = new OrderedDictionary<string, object?>(arguments.Named.Select(a => KeyValuePair.Create(a.Key, Value(a.Value))));
        if (arguments.More is not null)
            positional.AddRange(Values.Items(Value(arguments.More), at));
        if (arguments.MoreNamed is not null)
        {
            object? more = Value(arguments.MoreNamed);
            if (!Values.IsMap(more))
                throw at.Error($"** is followed by {Python.TypeName(more)}; expected a map");
            foreach ((object? key, object? value) in Values.Members(more))
            {
                if (Values.AsText(key) is not { } name || !named.TryAdd(name, value))
                    throw at.Error($"the argument {Python.Repr(key)} is given twice, or its name is no string");
            }
        }

        return new CallArguments(positional, named, this, at);
    }
}
