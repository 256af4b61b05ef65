using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Files;

namespace EvalHarness.Html;

/// <summary>Every sample of the page: what <c>src/ReportPage/src/samples.js</c> unpacks.</summary>
internal sealed class ReportSamples
{
    private const int DigitsOfLogLikelihoods = 6;

    /// <summary>By run, task, and "metric,filter".</summary>
    private readonly Dictionary<(int Run, string Task, string Key), List<double>> _scores = [];
    private readonly JsonArray _tasks = [];

    internal static async Task<ReportSamples> ReadAsync(IReadOnlyList<RunSamples> runs, CancellationToken cancellationToken)
    {
        var samples = new ReportSamples();
        foreach (string task in runs.SelectMany(r => r.Tasks).Distinct())
        {
            var rows = new List<Dictionary<long, IReadOnlyDictionary<string, object?>>>();
            foreach (RunSamples run in runs)
                rows.Add(run.Tasks.Contains(task) ? (await run.ReadRowsAsync(task, cancellationToken).ConfigureAwait(false)).ToDictionary(ComparedSample.Id) : []);
            samples.Add(task, rows);
        }

        return samples;
    }

    /// <summary>Of all samples of the tasks that have the score.</summary>
    internal IReadOnlyList<double> Scores(int run, IEnumerable<string> tasks, string key) => [.. tasks.SelectMany(t => _scores.GetValueOrDefault((run, t, key)) ?? [])];

    /// <summary>JSON, as gzip, in base64.</summary>
    internal string Packed()
    {
        using var bytes = new MemoryStream();
        using (var packing = new GZipStream(bytes, CompressionLevel.Optimal))
        using (var writer = new Utf8JsonWriter(packing))
            new JsonObject { ["tasks"] = _tasks }.WriteTo(writer);
        return Convert.ToBase64String(bytes.ToArray());
    }

    private void Add(string task, List<Dictionary<long, IReadOnlyDictionary<string, object?>>> runs)
    {
        long[] ids = [.. runs.SelectMany(r => r.Keys).Distinct().Order()];
        IReadOnlyDictionary<string, object?>[] first = [.. ids.Select(id => runs.First(r => r.ContainsKey(id))[id])];
        var scores = runs.ConvertAll(r => r.ToDictionary(row => row.Key, row => ComparedSample.Numbers((string)row.Value["scores"]!)));
        string[] keys = [.. scores.SelectMany(r => r.Values).SelectMany(s => s.Keys).Distinct()];
        for (int run = 0; run < runs.Count; run++)
        {
            foreach (string key in keys)
                _scores[(run, task, key)] = [.. scores[run].Values.Where(s => s.ContainsKey(key)).Select(s => s[key])];
        }

        string[] prompts = [.. first.Select(Prompt)];
        // Shots that all prompts share are kept once, which also leaves a search the question alone.
        int shared = prompts.Length < 2 ? 0 : prompts.Min(p => p.AsSpan().CommonPrefixLength(prompts[0]));
        string[] continuations = [.. first.Select(row => JsonSerializer.Serialize(row["continuations"], ResultsJson.Line)).Distinct()];
        _tasks.Add((JsonNode)new JsonObject
        {
            ["name"] = task,
            ["keys"] = new JsonArray([.. keys.Select(k => (JsonNode?)k)]),
            ["prefix"] = prompts.Length == 0 ? "" : prompts[0][..shared],
            ["continuations"] = continuations.Length == 1 ? JsonNode.Parse(continuations[0]) : null,
            ["documents"] = new JsonArray([.. first.Select((row, i) => new JsonObject
            {
                ["id"] = ids[i],
                ["prompt"] = prompts[i][shared..],
                ["target"] = (string)row["target"]!,
                ["continuations"] = continuations.Length == 1 ? null : JsonSerializer.SerializeToNode(row["continuations"], ResultsJson.Line),
            })]),
            ["answers"] = new JsonArray([.. runs.Select((run, i) => new JsonArray([.. ids.Select(id => run.TryGetValue(id, out IReadOnlyDictionary<string, object?>? row) ? Answer(row, keys, scores[i][id]) : null)]))]),
        });
    }

    private static string Prompt(IReadOnlyDictionary<string, object?> row) =>
        row["contexts"] is IReadOnlyList<object?> { Count: > 0 } contexts ? string.Join("\n---\n", contexts) : (string)row["context"]!;

    private static JsonObject Answer(IReadOnlyDictionary<string, object?> row, string[] keys, Dictionary<string, double> scores) => new()
    {
        ["scores"] = new JsonArray([.. keys.Select(k => scores.TryGetValue(k, out double score) ? (JsonNode?)score : null)]),
        ["completions"] = List(row["completions"], value => JsonValue.Create((string)value!)),
        ["logLikelihoods"] = List(row["log_likelihoods"], value => Convert.ToDouble(value, CultureInfo.InvariantCulture) is var number && double.IsFinite(number) ? JsonValue.Create(Math.Round(number, DigitsOfLogLikelihoods)) : null),
        ["answers"] = (string)row["answers"]! is var answers && answers is "" or "{}" ? null : answers,
        ["detail"] = (string)row["detail"]! is var detail && detail is "" or "{}" or "[]" or "null" ? null : detail,
        // A run of an earlier version has no such column.
        ["verdicts"] = List(row.GetValueOrDefault("verdicts"), value => JsonValue.Create((string)value!)),
        ["error"] = row["error"] is string { Length: > 0 } error ? error : null,
    };

    /// <summary>Null for an empty list.</summary>
    private static JsonArray? List(object? value, Func<object?, JsonNode?> item) => value is IReadOnlyList<object?> { Count: > 0 } list ? [.. list.Select(item)] : null;
}
