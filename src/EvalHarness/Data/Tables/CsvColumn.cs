using System.Numerics;

namespace EvalHarness.Data.Tables;

/// <summary>The types that columns of a CSV file have.</summary>
internal enum CsvType
{
    /// <summary>No row has a value.</summary>
    Missing,

    Integer,

    /// <summary>Whole numbers of which some only fit into 64 bits without a sign.</summary>
    Unsigned,

    Float,

    Boolean,

    Text,

    /// <summary>
    /// Text without missing values: pandas keeps even an empty field where whole numbers that need all 64 bits stand beside missing or
    /// negative ones.
    /// </summary>
    WholeText,
}

/// <summary>
/// Types the values of one column over a piece of a file as pandas does: whole numbers, else numbers, else true and false, else text. Whole
/// numbers with a missing value among them are floating point numbers.
/// </summary>
internal static class CsvColumn
{
    internal static CsvType Infer(IReadOnlyCollection<string> texts, CsvOptions options)
    {
        List<string> present = [.. texts.Where(t => !options.Missing.Contains(t))];
        if (present.Count == 0)
            return CsvType.Missing;
        if (InferWhole(present, hasMissing: present.Count < texts.Count) is { } whole)
            return whole;
        return present.All(t => PandasNumber.TryFloat(t, out _)) ? CsvType.Float
            : present.All(t => Truth(t, options) is not null) ? CsvType.Boolean
            : CsvType.Text;
    }

    /// <returns>The type where it is decided; null if the column has something else than whole numbers.</returns>
    private static CsvType? InferWhole(List<string> present, bool hasMissing)
    {
        bool isUnsigned = false, isNegative = false;
        foreach (string text in present)
        {
            switch (PandasNumber.TryWhole(text, out long signed, out _))
            {
                case PandasNumber.Whole.None:
                    return null;
                case PandasNumber.Whole.TooLarge:
                    return CsvType.Text;
                case PandasNumber.Whole.Unsigned:
                    isUnsigned = true;
                    break;
                default:
                    isNegative |= signed < 0;
                    break;
            }
        }

        return isUnsigned ? (isNegative || hasMissing ? CsvType.WholeText : CsvType.Unsigned)
            : hasMissing ? CsvType.Float : CsvType.Integer;
    }

    private static bool? Truth(string text, CsvOptions options) =>
        options.TrueValues.Contains(text) || text.Equals("true", StringComparison.OrdinalIgnoreCase) ? true
        : options.FalseValues.Contains(text) || text.Equals("false", StringComparison.OrdinalIgnoreCase) ? false
        : null;

    /// <summary>
    /// The value of a text in a column that has one type in its own piece of the file and another in the first, as <c>datasets</c>
    /// converts it.
    /// </summary>
    /// <returns>A plain value; null for a missing one.</returns>
    /// <exception cref="FormatException">The value has no counterpart in that type.</exception>
    internal static object? Value(string text, CsvType own, CsvType wanted, CsvOptions options)
    {
        if (own == CsvType.WholeText && wanted is CsvType.Text or CsvType.WholeText)
            return text;
        if (options.Missing.Contains(text))
            return null;
        return (own, wanted) switch
        {
            (CsvType.Text, CsvType.Text or CsvType.WholeText) => text,
            (CsvType.Integer or CsvType.Unsigned, CsvType.Text or CsvType.WholeText) => Plain(text).ToString()!,
            (CsvType.Text, CsvType.Integer) when PandasNumber.TryWhole(text, out long number, out _) == PandasNumber.Whole.Signed => number,
            (CsvType.Text, CsvType.Float) when PandasNumber.TryFloat(text, out double number) => number,
            (CsvType.Boolean, CsvType.Boolean) => Truth(text, options),
            (CsvType.Integer or CsvType.Unsigned, CsvType.Integer or CsvType.Unsigned) => Plain(text),
            (CsvType.Integer or CsvType.Unsigned or CsvType.Float, CsvType.Float) => Float(text),
            (CsvType.Float, CsvType.Integer) when Float(text) is var number && IsWhole(number) => (long)number,
            _ => throw new FormatException($"'{text}' is no {Name(wanted)}"),
        };
    }

    private static bool IsWhole(double number) => number == Math.Floor(number) && Math.Abs(number) < 1L << 53;

    private static object Plain(string text) =>
        PandasNumber.TryWhole(text, out long signed, out ulong unsigned) == PandasNumber.Whole.Signed
            ? (object)signed
            : new BigInteger(unsigned);

    /// <summary>A whole number is one before it becomes a floating point number, so that it is the nearest to the text.</summary>
    private static double Float(string text) => PandasNumber.TryWhole(text, out long signed, out _) == PandasNumber.Whole.Signed
        ? signed
        : PandasNumber.TryFloat(text, out double number) ? number : throw new FormatException($"'{text}' is no number");

    internal static string Name(CsvType type) => type switch
    {
        CsvType.Integer or CsvType.Unsigned => "whole number",
        CsvType.Float or CsvType.Missing => "number",
        CsvType.Boolean => "true or false",
        _ => "text",
    };
}
