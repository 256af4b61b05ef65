using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace EvalHarness.Files;

/// <summary>The values that a YAML file gives an option, as text.</summary>
internal static class OptionNode
{
    /// <summary>The values of an option, checked as they are on a command line.</summary>
    /// <param name="option">The option.</param>
    /// <param name="key">The key in the file, at which a value of the wrong kind is reported.</param>
    /// <param name="value">The value in the file.</param>
    /// <param name="error">Makes the exception for a place in the file.</param>
    internal static IReadOnlyList<string> Texts(
        DeclaredOption option, YamlNode key, YamlNode value, Func<YamlNode, string, EvalException> error)
    {
        if (value is YamlMappingNode && option.Forms.Contains("object"))
            return [JsonSerializer.Serialize(Plain(value))];
        if (value is YamlSequenceNode items && option.Forms.Contains("array"))
            return [string.Join(',', items.Select(item => item is YamlScalarNode one ? IsNull(one) ? "None" : one.Value : Found(item)))];
        IReadOnlyList<YamlNode> nodes = option.IsList && value is YamlSequenceNode list ? [.. list] : [value];
        foreach (YamlNode node in nodes)
        {
            if (node is not YamlScalarNode scalar || IsNull(node))
            {
                string form = option.IsList ? "a list of texts"
                    : option.IsTruth ? "true or false"
                    : option.Forms.Contains("object") ? "a map of keys, or a text"
                    : "one value";
                throw error(key, $"{option.Key}: expected {form}, found {(IsNull(node) ? "none" : Found(node))}");
            }

            if (option.Problem(scalar.Value!) is { } expected)
                throw error(node, $"{option.Key}: {scalar.Value}: expected {expected}");
        }

        return [.. nodes.Select(node => ((YamlScalarNode)node).Value!)];
    }

    internal static bool IsNull(YamlNode node) =>
        node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };

    /// <summary>What stands in the file, in words.</summary>
    internal static string Found(YamlNode node) => node switch
    {
        YamlMappingNode => "a map of keys",
        YamlSequenceNode => "a list",
        _ => node.ToString(),
    };

    /// <summary>A node as plain values, with scalars as PyYAML reads them.</summary>
    internal static object? Plain(YamlNode node) => node switch
    {
        YamlMappingNode map =>
            new OrderedDictionary<string, object?>(map.Select(m => KeyValuePair.Create(m.Key.ToString(), Plain(m.Value)))),
        YamlSequenceNode list => list.Select(Plain).ToList(),
        YamlScalarNode scalar => YamlScalar.Resolve(
            new Scalar(AnchorName.Empty, TagName.Empty, scalar.Value ?? "", scalar.Style, isPlainImplicit: true, isQuotedImplicit: true),
            folder: ""),
        _ => node.ToString(),
    };
}
