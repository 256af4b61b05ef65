using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace EvalHarness.Tasks;

/// <summary>A value that the file gives as <c>!function module.name</c>.</summary>
public sealed record FunctionReference(string Name);

/// <summary>
/// YAML nodes as plain values, with plain scalars resolved by YAML 1.1's rules as PyYAML applies them, so that a task file means
/// here what it means to the reference ("1e5" is text, "on" is true).
/// </summary>
internal static partial class YamlScalar
{
    internal static object? ToPlain(YamlNode node) => node switch
    {
        YamlMappingNode map => ToMap(map),
        YamlSequenceNode list => list.Children.Select(ToPlain).ToList(),
        YamlScalarNode scalar => Scalar(scalar),
        _ => throw new NotSupportedException($"YAML node {node.NodeType}"),
    };

    private static OrderedDictionary<string, object?> ToMap(YamlMappingNode map)
    {
        var plain = new OrderedDictionary<string, object?>();
        foreach ((YamlNode key, YamlNode value) in map.Children)
            plain[((YamlScalarNode)key).Value ?? ""] = ToPlain(value);
        return plain;
    }

    private static object? Scalar(YamlScalarNode node)
    {
        string text = node.Value ?? "";
        if (!node.Tag.IsEmpty && node.Tag.Value == "!function")
            return new FunctionReference(text);
        if (node.Style != ScalarStyle.Plain)
            return text;
        if (text is "" or "~" or "null" or "Null" or "NULL")
            return null;
        if (True().IsMatch(text))
            return true;
        if (False().IsMatch(text))
            return false;
        string digits = text.Replace("_", "", StringComparison.Ordinal);
        if (Integer().IsMatch(text) && long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer))
            return integer;
        if (Float().IsMatch(text))
            return double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture);
        return text;
    }

    [GeneratedRegex("^(yes|Yes|YES|true|True|TRUE|on|On|ON)$")]
    private static partial Regex True();

    [GeneratedRegex("^(no|No|NO|false|False|FALSE|off|Off|OFF)$")]
    private static partial Regex False();

    [GeneratedRegex("^[-+]?(0|[1-9][0-9_]*)$")]
    private static partial Regex Integer();

    [GeneratedRegex(@"^[-+]?([0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)([eE][-+][0-9]+)?$")]
    private static partial Regex Float();
}
