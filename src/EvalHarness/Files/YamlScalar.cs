using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace EvalHarness.Files;

/// <summary>
/// Scalars as plain values, resolved by YAML 1.1's rules as PyYAML applies them, so that a task file means
/// here what it means to the reference ("1e5" is text, "on" is true).
/// </summary>
internal static partial class YamlScalar
{
    /// <param name="node">The scalar.</param>
    /// <param name="folder">Of the file, where <c>!function</c> looks for Python.</param>
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
