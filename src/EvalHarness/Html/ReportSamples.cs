using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Html;

/// <summary>Every sample of the page: what <c>src/ReportPage/src/samples.js</c> unpacks.</summary>
internal sealed class ReportSamples
{
    private const int DigitsOfLogLikelihoods = 6;

    private readonly List<PageTask> _tasks = [];

    /// <summary>
    /// A task of the page. Keys are the "METRIC,FILTER" of an answer's scores. The prefix is what all prompts begin with: shots that they
    /// share are kept once, which also lets a search look at the questions alone. Continuations are null where documents have different
    /// ones, or none. Answers are those of each run, in the order of the documents; null where the run has no such document.
    /// </summary>
    private sealed record PageTask(
        string Name,
        string[] Keys,
        string Prefix,
        List<string>? Continuations,
        IReadOnlyList<PageDocument> Documents,
        IReadOnlyList<IReadOnlyList<PageAnswer?>> Answers);

    private sealed record PageDocument(long Id, string Prompt, string Target, List<string>? Continuations);

    private sealed record PageAnswer(
        IReadOnlyList<double?> Scores,
        IReadOnlyList<string>? Completions,
        IReadOnlyList<string>? Reasoning,
        [property: JsonPropertyName("logLikelihoods")] IReadOnlyList<double?>? LogLikelihoods,
        string? Answers,
        string? Detail,
        IReadOnlyList<string>? Verdicts,
        string? Error);

    /// <summary>JSON, as gzip, in base64.</summary>
    internal string Packed()
    {
        using var bytes = new MemoryStream();
        using (var packing = new GZipStream(bytes, CompressionLevel.Optimal))
            JsonSerializer.Serialize(packing, new { Tasks = _tasks }, ResultsJson.Page);
        return Convert.ToBase64String(bytes.ToArray());
    }

    /// <param name="task">The task.</param>
    /// <param name="samples">Its samples of each run, as <see cref="FinishedRun.ReadSamplesAsync"/> gives them.</param>
    internal void Add(string task, IReadOnlyList<IReadOnlyList<SampleRow>> samples)
    {
        Dictionary<long, SampleRow>[] runs = [.. samples.Select(rows => rows.ToDictionary(r => r.DocumentId))];
        long[] ids = [.. runs.SelectMany(r => r.Keys).Distinct().Order()];
        SampleRow[] first = [.. ids.Select(id => runs.First(r => r.ContainsKey(id))[id])];
        Dictionary<long, IReadOnlyDictionary<string, double>>[] scores =
            [.. runs.Select(run => run.ToDictionary(r => r.Key, r => r.Value.NumericScores()))];
        string[] keys = [.. scores.SelectMany(r => r.Values).SelectMany(s => s.Keys).Distinct()];
        string[] prompts = [.. first.Select(Prompt)];
        int shared = prompts.Length < 2 ? 0 : prompts.Min(p => p.AsSpan().CommonPrefixLength(prompts[0]));
        bool same = first.All(row => row.Continuations.SequenceEqual(first[0].Continuations));
        List<string>? Continuations(SampleRow row) => same ? null : NullIfEmpty(row.Continuations);
        PageAnswer? AnswerOf(int run, long id) => runs[run].TryGetValue(id, out SampleRow? row) ? Answer(row, keys, scores[run][id]) : null;
        _tasks.Add(new PageTask(
            task,
            keys,
            prompts.Length == 0 ? "" : prompts[0][..shared],
            same && first.Length > 0 ? NullIfEmpty(first[0].Continuations) : null,
            [.. first.Select((row, i) => new PageDocument(ids[i], prompts[i][shared..], row.Target, Continuations(row)))],
            [.. runs.Select((_, run) => (PageAnswer?[])[.. ids.Select(id => AnswerOf(run, id))])]));
    }

    private static string Prompt(SampleRow row) => row.Contexts.Count > 0 ? string.Join("\n---\n", row.Contexts) : row.Context;

    private static PageAnswer Answer(SampleRow row, string[] keys, IReadOnlyDictionary<string, double> scores) => new(
        [.. keys.Select(k => scores.TryGetValue(k, out double score) ? score : (double?)null)],
        NullIfEmpty(row.Completions),
        NullIfEmpty(row.Reasoning),
        NullIfEmpty(row.LogLikelihoods)?.ConvertAll(n => double.IsFinite(n) ? Math.Round(n, DigitsOfLogLikelihoods) : (double?)null),
        row.Answers is "" or "{}" ? null : row.Answers,
        row.Detail is "" or "{}" or "[]" or "null" ? null : row.Detail,
        NullIfEmpty(row.Verdicts),
        row.Error.Length > 0 ? row.Error : null);

    private static List<T>? NullIfEmpty<T>(List<T> list) => list.Count > 0 ? list : null;
}
