using System.Globalization;
using System.Numerics;
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
    /// <returns>A string, long or, where it does not fit, BigInteger, double, boolean, null or <see cref="FunctionReference"/>.</returns>
    internal static object? Resolve(Scalar node, string folder)
    {
        string text = node.Value;
        if (!node.Tag.IsEmpty && node.Tag.Value == "!function")
            return new FunctionReference(text, folder);
        string tag = node.Tag.IsEmpty ? "" : node.Tag.Value;
        bool isTyped = tag.StartsWith(CoreTags, StringComparison.Ordinal);
        if (tag == CoreTags + "str" || (node.Style != ScalarStyle.Plain && !isTyped))
            return text;
        if (text is "" or "~" or "null" or "Null" or "NULL")
            return null;
        if (True().IsMatch(text))
            return true;
        if (False().IsMatch(text))
            return false;
        if (Float().IsMatch(text))
            return Real(text);
        if (!Integer().IsMatch(text))
            return text;
        BigInteger whole = Whole(text);
        if (whole < long.MinValue || whole > long.MaxValue)
            return whole;
        return tag == CoreTags + "float" ? (double)whole : (object)(long)whole;
    }

    /// <summary>Reads an integer: in base 10, 2, 8 (with a zero before it) or 16, or in minutes and seconds.</summary>
    private static BigInteger Whole(string text)
    {
        string digits = text.Replace("_", "", StringComparison.Ordinal);
        bool negative = digits[0] == '-';
        digits = digits.TrimStart('-', '+');
        BigInteger number = 0;
        if (digits.Contains(':', StringComparison.Ordinal))
        {
            foreach (string part in digits.Split(':'))
                number = (number * 60) + BigInteger.Parse(part, CultureInfo.InvariantCulture);
        }
        else
        {
            (int radix, int prefix) = digits.Length == 1 || digits[0] != '0' ? (10, 0) : digits[1] switch
            {
                'b' => (2, 2),
                'x' => (16, 2),
                _ => (8, 1),
            };
            foreach (char digit in digits.AsSpan(prefix))
                number = (number * radix) + Convert.ToInt32(digit.ToString(), 16);
        }

        return negative ? -number : number;
    }

    private static double Real(string text)
    {
        string digits = text.Replace("_", "", StringComparison.Ordinal);
        bool negative = digits[0] == '-';
        string size = digits.TrimStart('-', '+').ToLowerInvariant();
        double number = size switch
        {
            ".inf" => double.PositiveInfinity,
            ".nan" => double.NaN,
            _ => size.Split(':').Aggregate(
                0.0, (sum, part) => (sum * 60) + double.Parse(part, NumberStyles.Float, CultureInfo.InvariantCulture)),
        };
        return negative ? -number : number;
    }

    /// <summary>With what the tags of YAML's own types begin, as <c>!!str</c> is written in full.</summary>
    private const string CoreTags = "tag:yaml.org,2002:";

    [GeneratedRegex("^(yes|Yes|YES|true|True|TRUE|on|On|ON)$")]
    private static partial Regex True();

    [GeneratedRegex("^(no|No|NO|false|False|FALSE|off|Off|OFF)$")]
    private static partial Regex False();

    [GeneratedRegex("^([-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+)$")]
    private static partial Regex Integer();

    [GeneratedRegex(
        @"^([-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*"
            + @"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$")]
    private static partial Regex Float();
}
