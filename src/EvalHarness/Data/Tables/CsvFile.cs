namespace EvalHarness.Data.Tables;

/// <summary>A CSV file that is being read: the names of its columns, and its rows in pieces.</summary>
internal sealed class CsvFile : IDisposable
{
    private readonly string _file;
    private readonly StreamReader _reader;
    private readonly IEnumerator<CsvRecord> _records;

    /// <summary>The first row, where it had to be read to count the columns.</summary>
    private CsvRecord? _pending;

    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: the file cannot be read, or has no line of names.</exception>
    internal CsvFile(string file, CsvOptions options)
    {
        _file = file;
        _reader = TextFile.Open(file, options.Encoding);
        char separator = options.Separator ?? (DataFileKind.IsTabSeparated(file) ? '\t' : ',');
        _records = new CsvTokenizer(_reader, file, options, separator).Read().GetEnumerator();
        Columns = ReadNames(options);
    }

    internal IReadOnlyList<string> Columns { get; }

    private IReadOnlyList<string> ReadNames(CsvOptions options)
    {
        IReadOnlyList<string>? written = null;
        for (int i = 0; i <= options.Header; i++)
            written = Next()?.Fields ?? throw Empty();
        if (options.Names is { } names)
        {
            return names.Distinct().Count() == names.Count
                ? names
                : throw new EvalException(ExitCode.Data, $"{_file}: names gives a column twice: {string.Join(", ", names)}");
        }

        if (written is not null)
            return Distinct(written);
        _pending = Next() ?? throw Empty();
        return [.. Enumerable.Range(0, _pending.Value.Fields.Count).Select(i => $"{i}")];
    }

    private EvalException Empty() => new(ExitCode.Data, $"{_file}: has no line; expected a line with the names of the columns");

    /// <summary>Names that are all there and all different, as pandas makes them: <c>a, a, ""</c> are <c>a, a.1, Unnamed: 2</c>.</summary>
    private static string[] Distinct(IReadOnlyList<string> written)
    {
        string[] names = [.. written.Select((n, i) => n.Length == 0 ? $"Unnamed: {i}" : n)];
        var counts = new Dictionary<string, int>();
        foreach (int i in Enumerable.Range(0, names.Length).OrderBy(i => written[i].Length == 0))
        {
            string name = names[i];
            int count = counts.GetValueOrDefault(name);
            while (count > 0)
            {
                counts[names[i]] = count + 1;
                name = $"{names[i]}.{count}";
                count = names.Contains(name) ? count + 1 : counts.GetValueOrDefault(name);
            }

            names[i] = name;
            counts[name] = count + 1;
        }

        return names;
    }

    private CsvRecord? Next() => TextFile.Reading(_file, _records.MoveNext) ? _records.Current : null;

    /// <summary>Reads the next rows, each with as many fields as there are columns: fields that a row lacks are empty.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: a row has more fields, or the file is damaged.</exception>
    internal IReadOnlyList<CsvRecord> ReadPiece(int rows)
    {
        var piece = new List<CsvRecord>();
        while (piece.Count < rows && ((_pending ?? Next()) is { } record))
        {
            _pending = null;
            if (record.Fields.Count > Columns.Count)
            {
                throw new EvalException(
                    ExitCode.Data,
                    $"{_file}:{record.Line}: this row has {record.Fields.Count} fields, expected {Columns.Count} "
                    + $"({string.Join(", ", Columns)}); a field with a separator in it stands in quotes");
            }

            piece.Add(record.Fields.Count == Columns.Count
                ? record
                : record with { Fields = [.. record.Fields, .. Enumerable.Repeat("", Columns.Count - record.Fields.Count)] });
        }

        return piece;
    }

    public void Dispose()
    {
        _records.Dispose();
        _reader.Dispose();
    }
}
