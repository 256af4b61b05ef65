using System.Text.Json;

namespace EvalHarness.Data.Tables;

/// <summary>Reads the rows of a JSON file one by one, as they are written.</summary>
internal static class JsonRows
{
    /// <summary>A list of plain values is a column of this name.</summary>
    private const string Column = "text";

    /// <returns>For each row the place for messages, <c>FILE:LINE</c> or <c>FILE: row N</c>, and an object.</returns>
    internal static IEnumerable<(string Place, object? Row)> Read(string file, JsonOptions options)
    {
        using StreamReader reader = TextFile.Open(file, options.Encoding);
        if (options.Field is { } field)
            return ReadList(file, Member(file, Parse(file, TextFile.Reading(file, reader.ReadToEnd)), field));
        string? first;
        long line = 0;
        do
        {
            first = TextFile.Reading(file, reader.ReadLine)?.TrimStart('\uFEFF');
            line++;
        }
        while (first is not null && string.IsNullOrWhiteSpace(first));
        if (first is null)
            return [];
        return first.TrimStart()[0] == '['
            ? ReadList(file, Parse(file, new string('\n', (int)line - 1) + first + "\n" + TextFile.Reading(file, reader.ReadToEnd)))
            : ReadLines(file, options);
    }

    private static IEnumerable<(string Place, object? Row)> ReadLines(string file, JsonOptions options)
    {
        using StreamReader reader = TextFile.Open(file, options.Encoding);
        long number = 0;
        while (TextFile.Reading(file, reader.ReadLine) is { } line)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            string place = $"{file}:{number}";
            object? row;
            try
            {
                row = PlainJson.Parse(line.TrimStart('\uFEFF'));
            }
            catch (JsonException e)
            {
                throw Broken(file, place, number, e);
            }

            yield return (place, row is IReadOnlyDictionary<string, object?>
                ? row
                : throw new EvalException(ExitCode.Data, $"{place}: is no JSON object; expected an object a line, a row each"));
        }
    }

    /// <summary>A line that is no JSON, or the beginning of an object over many lines.</summary>
    private static EvalException Broken(string file, string place, long line, JsonException e)
    {
        string reason = Reason(e);
        if (line == 1)
        {
            try
            {
                using JsonDocument whole = JsonDocument.Parse(File.ReadAllText(file));
                string keys = string.Join(", ", whole.RootElement.EnumerateObject().Select(p => p.Name).Take(8));
                return new EvalException(
                    ExitCode.Data,
                    $"{file}: is one JSON object over several lines (keys: {keys}); name the key that has the rows with "
                    + "dataset_kwargs: field, or write an object a line",
                    e);
            }
            catch (Exception other) when (other is JsonException or InvalidOperationException)
            {
                // It is no such object either, and the line is what is wrong.
            }
        }

        return new EvalException(ExitCode.Data, $"{place}: is no JSON: {reason}; expected a JSON object on this line", e);
    }

    /// <summary>The parser's message without the position, which it counts from 0 and within the line.</summary>
    private static string Reason(JsonException e)
    {
        int end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? e.Message : e.Message[..end]).TrimEnd('.');
    }

    private static object? Parse(string file, string text)
    {
        try
        {
            return PlainJson.Parse(text.TrimStart('\uFEFF'));
        }
        catch (JsonException e)
        {
            throw new EvalException(ExitCode.Data, $"{file}:{e.LineNumber + 1 ?? 1}: is no JSON: {Reason(e)}", e);
        }
    }

    private static object? Member(string file, object? whole, string field) =>
        whole is IReadOnlyDictionary<string, object?> map
            ? map.TryGetValue(field, out object? member)
                ? member
                : throw new EvalException(ExitCode.Data, $"{file}: has no key {field}; it has {string.Join(", ", map.Keys)}")
            : throw new EvalException(ExitCode.Data, $"{file}: is no JSON object, of which field could name the key {field}");

    private static IEnumerable<(string Place, object? Row)> ReadList(string file, object? list)
    {
        if (list is not IReadOnlyList<object?> rows)
            throw new EvalException(ExitCode.Data, $"{file}: expected a list of objects, a row each");
        bool isPlain = rows.Count > 0 && rows.All(r => r is not IReadOnlyDictionary<string, object?>);
        for (int i = 0; i < rows.Count; i++)
        {
            if (!isPlain && rows[i] is not IReadOnlyDictionary<string, object?>)
                throw new EvalException(ExitCode.Data, $"{file}: row {i} of the list is no object, as the others are");
            yield return ($"{file}: row {i}", isPlain ? new OrderedDictionary<string, object?> { [Column] = rows[i] } : rows[i]);
        }
    }
}
