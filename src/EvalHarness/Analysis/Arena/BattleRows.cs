using System.Runtime.CompilerServices;
using System.Text.Json;
using EvalHarness.Data;
using EvalHarness.Data.Tables;

namespace EvalHarness.Analysis.Arena;

/// <summary>
/// The rows of a file of verdicts one after the other, so that a file of millions needs no more memory than one of a few. Text of a CSV
/// file stays what is written there: a model may be called NA, or 007.
/// </summary>
internal static class BattleRows
{
    private const int Piece = 10_000;

    /// <param name="file">A file that <see cref="DataFileKind"/> knows as CSV, JSON or Parquet.</param>
    /// <param name="columns">The columns that are wanted.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>For each row the place for messages, and the columns that it has.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: the file is not there, is of another format, or damaged.</exception>
    internal static IAsyncEnumerable<(string Place, IReadOnlyDictionary<string, object?> Row)> ReadAsync(
        string file, IReadOnlySet<string> columns, CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
            throw new EvalException(ExitCode.Data, $"{file}: there is no such file; expected verdicts as JSON, JSON lines, CSV or Parquet");
        return DataFileKind.Of(file) switch
        {
            DataFormat.Parquet => ReadParquetAsync(file, columns, cancellationToken),
            DataFormat.Csv => ReadCsv(file).ToAsyncEnumerable(),
            DataFormat.Json when IsList(file) => ReadListAsync(file, cancellationToken),
            DataFormat.Json => JsonRows.Read(file, JsonOptions.From(new Dictionary<string, object?>()))
                .Select(r => (r.Place, (IReadOnlyDictionary<string, object?>)r.Row!)).ToAsyncEnumerable(),
            _ => throw new EvalException(
                ExitCode.Data, $"{file}: expected a file of verdicts that ends in .json, .jsonl, .csv, .tsv or .parquet"),
        };
    }

    private static async IAsyncEnumerable<(string Place, IReadOnlyDictionary<string, object?> Row)> ReadParquetAsync(
        string file, IReadOnlySet<string> columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var files = new DataFiles { IsLocal = true, Patterns = new SplitPatterns([(null, [Path.GetFullPath(file)])]) };
        DatasetSplit split = await new FileDatasetSource()
            .OpenAsync(new DatasetName("parquet", null, "battles") { Files = files }, cancellationToken).ConfigureAwait(false);
        if (!split.Columns.Any(columns.Contains))
        {
            throw new EvalException(
                ExitCode.Data, $"{file}: has the columns {string.Join(", ", split.Columns)}; expected model_a, model_b and winner");
        }

        long row = 0;
        await foreach (Document document in split.ReadAsync(columns, cancellationToken).ConfigureAwait(false))
            yield return ($"{file}: row {row++}", document.Values);
    }

    private static IEnumerable<(string Place, IReadOnlyDictionary<string, object?> Row)> ReadCsv(string file)
    {
        using var open = new CsvFile(file, new CsvOptions());
        while (open.ReadPiece(Piece) is { Count: > 0 } piece)
        {
            foreach (CsvRecord record in piece)
            {
                var row = new Dictionary<string, object?>(open.Columns.Count);
                for (int i = 0; i < open.Columns.Count; i++)
                    row[open.Columns[i]] = record.Fields[i];
                yield return ($"{file}:{record.Line}", row);
            }
        }
    }

    /// <summary>Whether the first character that is no space begins a list, as Chatbot Arena's own files do.</summary>
    private static bool IsList(string file)
    {
        using StreamReader reader = TextFile.Open(file, encoding: null);
        return TextFile.Reading(file, () =>
        {
            int next = reader.Read();
            while (next is '\uFEFF' || (next >= 0 && char.IsWhiteSpace((char)next)))
                next = reader.Read();
            return next == '[';
        });
    }

    private static async IAsyncEnumerable<(string Place, IReadOnlyDictionary<string, object?> Row)> ReadListAsync(
        string file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using Stream stream = TextFile.OpenBytes(file);
        await using IAsyncEnumerator<JsonElement> elements =
            JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(stream, cancellationToken: cancellationToken)
                .GetAsyncEnumerator(cancellationToken);
        for (long row = 0; await MoveNextAsync().ConfigureAwait(false); row++)
        {
            string place = $"{file}: row {row}";
            yield return (place, Map(place, elements.Current));
        }

        async ValueTask<bool> MoveNextAsync()
        {
            try
            {
                return await elements.MoveNextAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is JsonException or IOException or InvalidDataException)
            {
                string line = e is JsonException { LineNumber: { } number } ? $":{number + 1}" : "";
                throw new EvalException(ExitCode.Data, $"{file}{line}: is no JSON list of objects, or ends too early; fetch it again", e);
            }
        }
    }

    private static IReadOnlyDictionary<string, object?> Map(string place, JsonElement element)
    {
        try
        {
            return PlainJson.From(element) as IReadOnlyDictionary<string, object?>
                ?? throw new EvalException(ExitCode.Data, $"{place}: is no JSON object; expected an object for each battle");
        }
        catch (JsonException e)
        {
            throw new EvalException(ExitCode.Data, $"{place}: {e.Message}", e);
        }
    }
}
