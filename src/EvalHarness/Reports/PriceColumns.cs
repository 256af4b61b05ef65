using EvalHarness.Results;

namespace EvalHarness.Reports;

/// <summary>Tokens and prices as columns of a table; no columns where no line has a price.</summary>
internal sealed class PriceColumns
{
    private const int Digits = 3;
    private const int FewestDecimals = 2;
    private const int MostDecimals = 12;

    private readonly string? _currency;
    private readonly string _cost;
    private readonly string _perMillion;
    private readonly string _perRight;

    /// <param name="prices">Those of the table's lines; null for a line that has none.</param>
    internal PriceColumns(IEnumerable<RunPrice?> prices)
    {
        RunPrice[] all = [.. prices.OfType<RunPrice>()];
        _currency = all.FirstOrDefault()?.Currency;
        _cost = FormatOf(all.Select(p => p.Cost));
        _perMillion = FormatOf(all.Select(p => p.PerMillionTokens));
        _perRight = FormatOf(all.Select(p => p.PerRightAnswer));
    }

    internal IReadOnlyList<(string Header, bool Right)> Headers => _currency is null
        ? []
        :
        [
            ("Prompt tokens", true),
            ("Completion tokens", true),
            ($"Cost {_currency}", true),
            ($"{_currency} per million tokens", true),
            ($"{_currency} per right answer", true),
        ];

    /// <returns>A line's cells, one for each of <see cref="Headers"/>; empty ones for a line without a price.</returns>
    internal IEnumerable<string> Cells(RunPrice? price) => price is null
        ? Headers.Select(_ => "")
        :
        [
            TextTable.Number(price.Tokens.Prompt),
            TextTable.Number(price.Tokens.Completion),
            TextTable.Number(price.Cost, _cost),
            TextTable.Number(price.PerMillionTokens, _perMillion),
            TextTable.Number(price.PerRightAnswer, _perRight),
        ];

    /// <summary>
    /// The numbers of a column have the same decimals, so that larger ones are longer, and enough of them that the smallest has three
    /// digits: dollars may stand beside thousandths of one.
    /// </summary>
    private static string FormatOf(IEnumerable<double?> column)
    {
        double smallest = column.Where(n => n > 0).Min() ?? 1;
        return $"F{Math.Clamp(Digits - 1 - (int)Math.Floor(Math.Log10(smallest)), FewestDecimals, MostDecimals)}";
    }
}
