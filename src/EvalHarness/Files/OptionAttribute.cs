using System.ComponentModel.DataAnnotations;

namespace EvalHarness.Files;

/// <summary>
/// Declares a property as an option. The command line, settings files and their schema are made from this declaration, so that an
/// option has the same name, help and limits everywhere. A <see cref="RangeAttribute"/> on the same property bounds a number.
/// </summary>
/// <param name="name">
/// The name on the command line, such as <c>--num-fewshot</c>; the key in a settings file is then <c>num_fewshot</c>.
/// </param>
/// <param name="help">The description in <c>--help</c> and in the schema.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OptionAttribute(string name, string help) : Attribute
{
    public string Name { get; } = name;

    public string Help { get; } = help;

    /// <summary>The placeholder for the value in <c>--help</c>. A switch has none.</summary>
    public string? Value { get; init; }

    /// <summary>A one-letter name, such as <c>-t</c>.</summary>
    public string? Short { get; init; }

    /// <summary>The only values that are allowed; null allows any text.</summary>
    public string[]? Words { get; init; }

    /// <summary>
    /// The JSON types that a settings file may give the value as, where text is not the only one: <c>integer</c>, <c>boolean</c>,
    /// <c>array</c> (its items are joined with commas) or <c>object</c> (it is taken as JSON).
    /// </summary>
    public string[] Forms { get; init; } = [];

    /// <summary>True where the option may stand without its value, which is then <c>true</c>.</summary>
    public bool ValueIsOptional { get; init; }

    /// <summary>A word that stands for the value null, such as <c>auto</c> beside numbers.</summary>
    public string? NullWord { get; init; }

    /// <summary>True where another value can give another prompt, response or score; such options are part of a run's identity.</summary>
    public bool DecidesNumbers { get; init; }

    /// <summary>
    /// True where the option is for a single run that a user, or a night, starts. Plans, and verbs that start runs of their own, do not
    /// take it.
    /// </summary>
    public bool IsOfOneRun { get; init; }
}

/// <summary>
/// Lets the options of another record stand as keys beside a record's own. The property is a dictionary from the option's key to its values
/// as text.
/// </summary>
/// <param name="record">The record whose options are allowed.</param>
/// <param name="without">Names of options that are not.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OptionsOfAttribute(Type record, params string[] without) : Attribute
{
    public IReadOnlyList<DeclaredOption> Options { get; } =
        [.. DeclaredOption.Of(record).Where(o => !o.IsOfOneRun && !without.Contains(o.Name))];

    /// <summary>Those that are for single runs alone.</summary>
    public IReadOnlyList<DeclaredOption> OfOneRun { get; } = [.. DeclaredOption.Of(record).Where(o => o.IsOfOneRun)];
}
