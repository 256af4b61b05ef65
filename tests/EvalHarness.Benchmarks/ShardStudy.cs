using System.Globalization;
using DuckDB.NET.Data;
using EvalHarness.Data;

namespace EvalHarness.Benchmarks;

/// <summary>
/// Reads a Parquet shard of 1,000,000 rows and five columns (a whole number, a floating-point number, a short text, a boolean, and a list
/// of four texts) as documents, and with DuckDB's own reader row by row, in turn, and prints the seconds of each.
/// </summary>
internal static class ShardStudy
{
    /// <summary>Rounds that are not counted, in which both readers are compiled.</summary>
    private const int WarmUp = 5;

    private const int Rounds = 11;

    internal static async Task RunAsync(string folder)
    {
        string file = Path.Combine(folder, "study", "rows", "test-00000-of-00001.parquet");
        Write(file);
        Console.WriteLine("| Round | Documents, s | DuckDB's reader, s |\n|---:|---:|---:|");
        var (documents, rows) = (new List<double>(), new List<double>());
        for (int round = 1 - WarmUp; round <= Rounds; round++)
        {
            long start = TimeProvider.System.GetTimestamp();
            await ReadDocumentsAsync(folder).ConfigureAwait(false);
            double ours = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            start = TimeProvider.System.GetTimestamp();
            ReadRows(file);
            double theirs = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            if (round < 1)
                continue;
            documents.Add(ours);
            rows.Add(theirs);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {round} | {ours:0.00} | {theirs:0.00} |"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| Best | {documents.Min():0.00} | {rows.Min():0.00} |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| Median | {Median(documents):0.00} | {Median(rows):0.00} |"));
    }

    private static double Median(List<double> seconds) => seconds.Order().ElementAt(seconds.Count / 2);

    private static void Write(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"""
            COPY (
                SELECT i AS id, i / 7 AS score, 'question number ' || i || '?' AS question, i % 3 = 0 AS ok,
                    ['a' || i % 10, 'b' || i % 7, 'c', 'd'] AS choices
                FROM range(1000000) AS numbers(i))
            TO '{file.Replace("'", "''", StringComparison.Ordinal)}' (FORMAT parquet)
            """;
        command.ExecuteNonQuery();
    }

    private static async Task ReadDocumentsAsync(string folder)
    {
        DatasetSplit split = await new FileDatasetSource(folder)
            .OpenAsync(new DatasetName("study/rows", null, "test"), CancellationToken.None)
            .ConfigureAwait(false);
        long count = 0;
        await foreach (Document _ in split.ReadAsync(CancellationToken.None).ConfigureAwait(false))
            count++;
        Check(count);
    }

    private static void ReadRows(string file)
    {
        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"FROM read_parquet('{file.Replace("'", "''", StringComparison.Ordinal)}')";
        command.UseStreamingMode = true;
        using DuckDBDataReader reader = command.ExecuteReader();
        long count = 0;
        for (object[] values = new object[5]; reader.Read(); count++)
            reader.GetValues(values);
        Check(count);
    }

    private static void Check(long count)
    {
        if (count != 1_000_000)
            throw new InvalidDataException($"{count} rows were read, expected 1,000,000");
    }
}
