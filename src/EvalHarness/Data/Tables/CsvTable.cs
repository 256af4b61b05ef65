namespace EvalHarness.Data.Tables;

/// <summary>
/// CSV files with the types that <c>datasets</c> gives them: pieces of 10,000 rows are typed by pandas' rules, and the types of the first
/// piece of the first file hold for all rows of the dataset.
/// </summary>
internal sealed class CsvTable : Table
{
    /// <summary>The rows that <c>datasets</c> lets pandas read at a time.</summary>
    private const int Piece = 10_000;

    private readonly CsvOptions _options;
    private readonly string _first;
    private readonly Dictionary<string, CsvType> _types;

    internal CsvTable(CsvOptions options, string first, string own)
    {
        (_options, _first) = (options, first);
        using (var file = new CsvFile(own, options))
            Columns = file.Columns;
        if (options.Types.Keys.FirstOrDefault(k => k.Length > 0 && !Columns.Contains(k)) is { } unknown)
            throw new FormatException($"dtype names the column {unknown}, and there are {string.Join(", ", Columns)}");
        using var typed = new CsvFile(first, options);
        IReadOnlyList<CsvRecord> rows = typed.ReadPiece(Piece);
        _types = typed.Columns.Select((name, i) => (name, Infer(name, i, rows))).ToDictionary(
            c => c.name, c => c.Item2 == CsvType.Missing ? CsvType.Float : c.Item2);
    }

    internal override IReadOnlyList<string> Columns { get; }

    private CsvType Infer(string name, int index, IReadOnlyList<CsvRecord> rows) =>
        Declared(name) ?? CsvColumn.Infer([.. rows.Select(r => r.Fields[index])], _options);

    private CsvType? Declared(string name) =>
        _options.Types.TryGetValue(name, out CsvType type) || _options.Types.TryGetValue("", out type) ? type : null;

    internal override IEnumerable<IReadOnlyDictionary<string, object?>> Read(string file)
    {
        using var open = new CsvFile(file, _options);
        if (!open.Columns.ToHashSet().SetEquals(Columns))
        {
            throw new EvalException(
                ExitCode.Data,
                $"{file}: has columns {string.Join(", ", open.Columns)}; the first file has {string.Join(", ", Columns)}; "
                + "all files of a split must have the same columns");
        }

        while (open.ReadPiece(Piece) is { Count: > 0 } piece)
        {
            CsvType[] own = [.. open.Columns.Select((name, i) => Infer(name, i, piece))];
            foreach (CsvRecord record in piece)
                yield return Row(file, open.Columns, own, record);
        }
    }

    private OrderedDictionary<string, object?> Row(string file, IReadOnlyList<string> columns, CsvType[] own, CsvRecord record)
    {
        var row = new OrderedDictionary<string, object?>(columns.Count);
        for (int i = 0; i < columns.Count; i++)
        {
            CsvType wanted = _types.GetValueOrDefault(columns[i], own[i]);
            try
            {
                row[columns[i]] = CsvColumn.Value(record.Fields[i], own[i], wanted, _options);
            }
            catch (FormatException e)
            {
                throw new EvalException(
                    ExitCode.Data,
                    $"{file}:{record.Line}: column {columns[i]}: {e.Message}, which is what the column has at the beginning of {_first}; "
                    + $"say dtype: {{{columns[i]}: str}} in dataset_kwargs to read the column as text",
                    e);
            }
        }

        return row;
    }
}
