namespace EvalHarness.Data.Tables;

/// <summary>JSON files: an object a line, a list of objects, or a list in one field of an object.</summary>
internal sealed class JsonTable : Table
{
    private readonly JsonOptions _options;
    private readonly JsonShape _shape;

    internal JsonTable(JsonOptions options, string first, string own)
    {
        (_options, _shape) = (options, new JsonShape(options.ConvertDates));
        foreach (string file in first == own ? [own] : (string[])[first, own])
        {
            foreach ((_, object? row) in JsonRows.Read(file, options))
                _shape.Add(row);
        }
    }

    internal override IReadOnlyList<string> Columns => _shape.Keys;

    internal override IEnumerable<IReadOnlyDictionary<string, object?>> Read(string file)
    {
        foreach ((string place, object? row) in JsonRows.Read(file, _options))
        {
            IReadOnlyDictionary<string, object?> converted;
            try
            {
                converted = (IReadOnlyDictionary<string, object?>)_shape.Convert(row)!;
            }
            catch (FormatException e)
            {
                throw new EvalException(ExitCode.Data, $"{place}: {e.Message}; all files of a split must have the same columns", e);
            }

            yield return converted;
        }
    }
}
