using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace EvalHarness.Files;

/// <summary>
/// One option of a record, as its <see cref="OptionAttribute"/> declares it: reads values, checks them, and writes them back as text.
/// </summary>
internal sealed class DeclaredOption
{
    private readonly PropertyInfo _property;
    private readonly OptionAttribute _declaration;
    private readonly SettingsLimits? _limits;

    private DeclaredOption(PropertyInfo property, OptionAttribute declaration)
    {
        (_property, _declaration) = (property, declaration);
        _limits = property.GetCustomAttribute<RangeAttribute>() is { } range ? SettingsLimits.Of(range) : null;
    }

    /// <summary>The name on the command line, with its dashes.</summary>
    public string Name => _declaration.Name;

    /// <summary>The key in a settings file.</summary>
    public string Key => Name.TrimStart('-').Replace('-', '_');

    public string? Short => _declaration.Short;

    public string Help => _declaration.Help;

    public string? Value => _declaration.Value;

    public bool DecidesNumbers => _declaration.DecidesNumbers;

    /// <summary>See <see cref="OptionAttribute.IsOfOneRun"/>.</summary>
    public bool IsOfOneRun => _declaration.IsOfOneRun;

    /// <summary>True for an option without a value, which is off unless it is given.</summary>
    public bool IsSwitch => _property.PropertyType == typeof(bool);

    /// <summary>True for an option that may be given several times.</summary>
    public bool IsList => _property.PropertyType == typeof(IReadOnlyList<string>);

    public bool IsTruth => Type == typeof(bool);

    public bool IsNumber => Type == typeof(int) || Type == typeof(long);

    /// <summary>True for a count that may also be a share of what there is, such as <c>--limit 0.1</c>.</summary>
    public bool IsAmount => Type == typeof(double);

    public bool ValueIsOptional => _declaration.ValueIsOptional;

    /// <summary>See <see cref="OptionAttribute.Forms"/>.</summary>
    public IReadOnlyList<string> Forms => _declaration.Forms;

    public IReadOnlyList<string>? Words => _declaration.Words;

    public string? NullWord => _declaration.NullWord;

    public SettingsLimits? Limits => _limits;

    private Type Type => Nullable.GetUnderlyingType(_property.PropertyType) ?? _property.PropertyType;

    /// <summary>All options of a record, in the order of its properties.</summary>
    public static IReadOnlyList<DeclaredOption> Of(Type record) =>
    [
        .. record.GetProperties().Select(p => (Property: p, Declaration: p.GetCustomAttribute<OptionAttribute>()))
            .Where(p => p.Declaration is not null).Select(p => new DeclaredOption(p.Property, p.Declaration!)),
    ];

    /// <returns>What a value should have been ("1 or more"), or null where this one is right.</returns>
    public string? Problem(string text)
    {
        string word = NullWord is null ? "" : $", or {NullWord}";
        if (text == NullWord)
            return null;
        if (Words is not null)
            return Words.Contains(text) ? null : $"{string.Join(", ", Words.SkipLast(1))} or {Words[^1]}";
        if (IsTruth)
            return bool.TryParse(text, out _) ? null : "true or false";
        if (IsAmount)
            return Amount(text) is null ? "a whole number, 1 or more, or a share above 0 and below 1, such as 0.1" : null;
        if (!IsNumber)
            return null;
        bool isWhole = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number);
        if (!isWhole || (Type == typeof(int) && number is < int.MinValue or > int.MaxValue))
            return $"a whole number{(_limits is null ? "" : $", {_limits}")}{word}";
        return _limits is { } limits && (number < limits.Low || number > limits.High) ? $"{limits}{word}" : null;
    }

    /// <summary>A whole number of 1 or more, or a number between 0 and 1; null for everything else.</summary>
    private static double? Amount(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count))
            return count > 0 ? count : null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) && share is > 0 and < 1
            ? share
            : null;
    }

    /// <summary>Sets the property to the values given as text.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: a value is not one that the option takes.</exception>
    public void Set(object record, IReadOnlyList<string> texts)
    {
        foreach (string text in texts)
        {
            if (Problem(text) is { } expected)
                throw new EvalException(ExitCode.Usage, $"{Name} {text}: expected {expected}");
        }

        _property.SetValue(record, IsList ? texts : texts[^1] == NullWord ? null : Convert(texts[^1]));
    }

    /// <summary>The value of the property. An option that may stand without its value is off where the value is <c>false</c>.</summary>
    private object? Convert(string text) => Type switch
    {
        var type when type == typeof(bool) => bool.Parse(text),
        var type when type == typeof(double) => Amount(text)!.Value,
        var type when type == typeof(int) => int.Parse(text, CultureInfo.InvariantCulture),
        var type when type == typeof(long) => long.Parse(text, CultureInfo.InvariantCulture),
        _ => ValueIsOptional && text == "false" ? null : text,
    };

    /// <summary>Gives one record the value that another one has.</summary>
    public void Copy(object from, object to) => _property.SetValue(to, _property.GetValue(from));

    /// <summary>The property's values as text: none for an option that is off or not set, several for a list.</summary>
    public IReadOnlyList<string> Texts(object record) => _property.GetValue(record) switch
    {
        IReadOnlyList<string> list => list,
        null => NullWord is null ? [] : [NullWord],
        bool flag when IsSwitch => flag ? ["true"] : [],
        bool flag => [flag ? "true" : "false"],
        var value => [System.Convert.ToString(value, CultureInfo.InvariantCulture)!],
    };

    /// <summary>Values as the command line gives them.</summary>
    public IEnumerable<string> ToArguments(IReadOnlyList<string> texts) => IsSwitch || (ValueIsOptional && !IsTruth)
        ? texts switch
        {
            ["true"] => [Name],
            [] or ["false"] => [],
            _ => [Name, texts[^1]],
        }
        : texts.SelectMany(text => (string[])[Name, text]);
}
