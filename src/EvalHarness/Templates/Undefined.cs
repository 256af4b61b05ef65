using System.Text;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>
/// The value of a name, member or index that does not exist. In a strict environment, any use of it is an error, except to test whether it
/// is defined or to give it a default. In a lenient one, it prints as nothing, has no items and is false.
/// </summary>
internal sealed class Undefined(string description) : PythonObject
{
    internal string Description => description;

    public override string TypeName => "an undefined value";

    public override bool IsTrue => false;

    public override string Str() => "";

    /// <summary>All undefined values are equal.</summary>
    public override bool Equals(object? obj) => obj is Undefined;

    public override int GetHashCode() => 0;

    public override void WriteRepr(StringBuilder text, int depth) => text.Append("Undefined");
}
