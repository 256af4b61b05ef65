using System.Text;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>
/// The value of a name, member or index that does not exist. A strict one can be passed on and be tested for being defined, and any other
/// use of it is an error. A lenient one prints as nothing, has no items and is false.
/// </summary>
/// <param name="description">Why the value is undefined.</param>
/// <param name="isStrict">Whether its use is an error.</param>
internal sealed class Undefined(string description, bool isStrict) : PythonObject
{
    internal string Description => description;

    internal bool IsStrict => isStrict;

    public override string TypeName => "an undefined value";

    public override bool IsTrue => Lenient(false);

    public override string Str() => Lenient("");

    /// <summary>The value, if the use is none that is an error.</summary>
    /// <exception cref="PythonLimitException">The value is strict.</exception>
    internal T Lenient<T>(T value) => isStrict ? throw new PythonLimitException(description) : value;

    /// <summary>All undefined values are equal.</summary>
    public override bool Equals(object? obj) => Lenient(obj is Undefined);

    public override int GetHashCode() => Lenient(0);

    public override void WriteRepr(StringBuilder text, int depth) => text.Append("Undefined");
}
