using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace EvalHarness.Tests.Results;

/// <summary>
/// Run folders as texts that are the same where the runs are: in everything except their timings, and the order and grouping of answers.
/// </summary>
internal static class RunText
{
    /// <summary>The files of two runs that differ.</summary>
    internal static IEnumerable<string> Differences(string expected, string actual)
    {
        if (Results(expected) != Results(actual))
            yield return "results.json";
        if (!Answers(expected).SequenceEqual(Answers(actual)))
            yield return "responses.jsonl";
        string[] tasks = Samples(expected);
        if (!tasks.SequenceEqual(Samples(actual)))
        {
            yield return "samples";
            yield break;
        }

        foreach (string task in tasks.Where(t => Rows(expected, t) != Rows(actual, t)))
            yield return task;
    }

    /// <summary>The names of the files with samples.</summary>
    internal static string[] Samples(string run) =>
        [.. Directory.GetFiles(Path.Combine(run, "samples")).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    /// <summary>
    /// Every answer of the journal that did not error, in one order. Choices of a document stand on one line or on several, as a run that
    /// was cut off came to write them.
    /// </summary>
    internal static IEnumerable<string> Answers(string run) => File.ReadLines(Path.Combine(run, "responses.jsonl"))
        .Select(line => JsonNode.Parse(line)!.AsObject())
        .SelectMany(line => line["choices"] is JsonArray choices
            ? choices.Select(choice => Joined(line, choice!.AsObject()))
            : [Joined(line, line)])
        .Where(answer => answer["error"] is null)
        .Select(answer => answer.ToJsonString())
        .Distinct()
        .Order(StringComparer.Ordinal);

    private static JsonObject Joined(JsonObject line, JsonObject answer)
    {
        var joined = new JsonObject();
        foreach ((string key, JsonNode? value) in line.Concat(answer)
            .Where(pair => pair.Key is not ("choices" or "checksum" or "ms")))
            joined[key] = value?.DeepClone();
        return joined;
    }

    internal static string Results(string run)
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
    internal static string Rows(string run, string task)
    {
        using FileStream stream = File.OpenRead(Path.Combine(run, "samples", task));
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
