using System.Text;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>What <c>namespace()</c> makes: attributes that a template can set from within loops.</summary>
internal sealed class Namespace : PythonObject
{
    private readonly OrderedDictionary<string, object?> _attributes = [];

    public override string TypeName => "a namespace";

    internal object? this[string name]
    {
        set => _attributes[name] = value;
    }

    public override bool TryMember(string name, out object? value) => _attributes.TryGetValue(name, out value);

    public override void WriteRepr(StringBuilder text, int depth)
    {
        text.Append("<Namespace ");
        Python.WriteMembers(text, _attributes.Select(a => KeyValuePair.Create((object?)a.Key, a.Value)), depth);
        text.Append('>');
    }
}
