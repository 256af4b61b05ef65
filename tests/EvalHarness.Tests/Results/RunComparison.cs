using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace EvalHarness.Tests.Results;

/// <summary>Compares two run folders in everything except their timings.</summary>
internal static class RunComparison
{
    internal static void AssertEqual(string expected, string actual)
    {
        Assert.Equal(Results(expected), Results(actual));
        string[] tasks = [.. Directory.GetFiles(Path.Combine(expected, "samples")).Select(f => Path.GetFileName(f)!).Order()];
        Assert.Equal(tasks, Directory.GetFiles(Path.Combine(actual, "samples")).Select(f => Path.GetFileName(f)!).Order());
        Assert.All(tasks, task => Assert.Equal(Rows(Path.Combine(expected, "samples", task)), Rows(Path.Combine(actual, "samples", task))));
    }

    private static string Results(string run)
    {
        var results = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(run, "results.json")))!;
        foreach (string key in (string[])["date", "total_evaluation_time_seconds"])
            results.Remove(key);
        results["evalharness"]!.AsObject().Remove("seconds");
        // A run that was cut off has computed some tokens twice, and others that it did not come to write down.
        results["evalharness"]!.AsObject().Remove("usage");
        results["evalharness"]!.AsObject().Remove("work");
        return results.ToJsonString();
    }

    /// <summary>
    /// All columns as they lie in the file: values with their definition and repetition levels, so that a null in a list is not the same
    /// as none.
    /// </summary>
    private static string Rows(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return RowsAsync(stream).GetAwaiter().GetResult();
    }

    /// <summary>Where a file is cut into row groups is no difference: a writer cuts where its memory is full.</summary>
    internal static async Task<string> RowsAsync(Stream stream)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(stream);
        var text = new StringBuilder();
        foreach (DataField field in reader.Schema.GetDataFields().Where(f => f.Path.FirstPart != "milliseconds"))
        {
            StringBuilder values = new(), definitions = new(), repetitions = new();
            for (int index = 0; index < reader.RowGroupCount; index++)
            {
                using ParquetRowGroupReader group = reader.OpenRowGroupReader(index);
                using RawColumnData column = await group.ReadRawColumnDataBaseAsync(field, CancellationToken.None);
                foreach (object? value in Values(column, Defined(column, field, group.RowCount)))
                    values.AppendLine(JsonSerializer.Serialize(value, Exact));
                if (field.MaxDefinitionLevel > 0)
                    definitions.AppendJoin(',', column.DefinitionLevels.ToArray()).Append(',');
                if (field.MaxRepetitionLevel > 0)
                    repetitions.AppendJoin(',', column.RepetitionLevels.ToArray()).Append(',');
            }

            text.AppendLine(CultureInfo.InvariantCulture, $"{field.Path} ({field.ClrType})").Append(values).Append(definitions)
                .AppendLine().Append(repetitions).AppendLine();
        }

        return text.ToString();
    }

    private static readonly JsonSerializerOptions Exact = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>The number of values that a column has. Its buffer may be longer, with anything behind the last value.</summary>
    private static int Defined(RawColumnData column, DataField field, long rows) => field.MaxDefinitionLevel == 0
        ? (int)rows
        : column.DefinitionLevels.ToArray().Count(level => level == field.MaxDefinitionLevel);

    private static Array Values(RawColumnData column, int count) => column switch
    {
        RawColumnData<long> numbers => numbers.Values[..count].ToArray(),
        RawColumnData<double> numbers => numbers.Values[..count].ToArray(),
        RawColumnData<bool> flags => flags.Values[..count].ToArray(),
        RawColumnData<ReadOnlyMemory<char>> texts => Array.ConvertAll(texts.Values[..count].ToArray(), t => t.ToString()),
        _ => throw new InvalidDataException($"there is no comparison of {column.GetType()}"),
    };
}
