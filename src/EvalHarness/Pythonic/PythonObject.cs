using System.Text;

namespace EvalHarness.Pythonic;

/// <summary>A value that templates work with and that is not plain: a tuple, a range, a generator, a macro.</summary>
internal abstract class PythonObject
{
    /// <summary>The type in words, for error messages: "a tuple".</summary>
    public abstract string TypeName { get; }

    /// <summary>What Python's <c>bool()</c> says of the value.</summary>
    public virtual bool IsTrue => true;

    /// <summary><c>str(value)</c>, which is <c>repr(value)</c> for most values.</summary>
    public virtual string Str() => Python.Repr(this);

    /// <summary>Writes <c>repr(value)</c>.</summary>
    /// <param name="text">The text to write to.</param>
    /// <param name="depth">How many containers the value is nested in.</param>
    /// <exception cref="PythonLimitException">Python prints an address in memory, which no two runs share.</exception>
    public virtual void WriteRepr(StringBuilder text, int depth) =>
        throw new PythonLimitException($"{TypeName} has no text, because Python prints an address in memory");

    /// <summary>The attribute of a name.</summary>
    public virtual bool TryMember(string name, out object? value)
    {
        value = null;
        return false;
    }
}

/// <summary>A value has grown beyond what any prompt holds, is nested too deeply, or cannot be written as text.</summary>
internal sealed class PythonLimitException(string message) : Exception(message);
