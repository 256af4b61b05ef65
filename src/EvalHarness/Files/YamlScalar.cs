using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace EvalHarness.Files;

/// <summary>
/// Turns YAML scalars into plain values by the rules of YAML 1.1 as PyYAML applies them, so that a task file has the same meaning as in
/// lm-evaluation-harness: <c>1e5</c> is text, and <c>on</c> is true.
/// </summary>
internal static partial class YamlScalar
{
    /// <param name="node">The scalar to resolve.</param>
    /// <param name="folder">The folder of the file, in which <c>!function</c> looks for Python modules.</param>
    /// <returns>A string, long, double, boolean, null or <see cref="FunctionReference"/>.</returns>
    internal static object? Resolve(Scalar node, string folder)
    {
        string text = node.Value;
        if (!node.Tag.IsEmpty && node.Tag.Value == "!function")
            return new FunctionReference(text, folder);
        if (node.Style != ScalarStyle.Plain)
            return text;
        if (text is "" or "~" or "null" or "Null" or "NULL")
            return null;
        if (True().IsMatch(text))
            return true;
        if (False().IsMatch(text))
            return false;
        string digits = text.Replace("_", "", StringComparison.Ordinal);
        if (Integer().IsMatch(text)
            && long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer))
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
