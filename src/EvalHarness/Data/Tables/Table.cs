namespace EvalHarness.Data.Tables;

/// <summary>The rows of the data files of one split, of one format other than Parquet.</summary>
internal abstract class Table
{
    /// <summary>The names of the columns, from the first file.</summary>
    internal abstract IReadOnlyList<string> Columns { get; }

    /// <summary>Reads the rows of one file of the split from its beginning.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: the file is damaged, or its columns or types are not those of the first file. The message begins with
    /// the file and, where there is one, the line.
    /// </exception>
    internal abstract IEnumerable<IReadOnlyDictionary<string, object?>> Read(string file);

    /// <summary>Looks at the first file for columns and types.</summary>
    /// <param name="format">The format of all files.</param>
    /// <param name="first">The file that gives columns and types.</param>
    /// <param name="own">The first file of the split itself: another one if an earlier split gives the types.</param>
    /// <param name="options">The options of the reader, as a task or a dataset's card gives them.</param>
    internal static Table Open(DataFormat format, string first, string own, IReadOnlyDictionary<string, object?> options)
    {
        try
        {
            return format switch
            {
                DataFormat.Csv => new CsvTable(CsvOptions.From(options), first, own),
                DataFormat.Json => new JsonTable(JsonOptions.From(options), first, own),
                DataFormat.Text => new TextTable(options),
                _ => throw new ArgumentOutOfRangeException(nameof(format)),
            };
        }
        catch (FormatException e)
        {
            throw new EvalException(ExitCode.Data, $"{own}: {e.Message}", e);
        }
    }
}
