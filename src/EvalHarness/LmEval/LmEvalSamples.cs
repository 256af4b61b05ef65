using System.Globalization;
using System.Text.Json;
using EvalHarness.Data;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Pythonic;
using EvalHarness.Results;
using EvalHarness.Scoring.Metrics;

namespace EvalHarness.LmEval;

/// <summary>A <c>samples_TASK_TIME.jsonl</c> of lm-evaluation-harness: what was asked, answered and scored, document by document.</summary>
/// <remarks>
/// Source: SampleResult in lm-evaluation-harness's result_schema.py. Older files, whose arguments are lists, are read as well.
/// </remarks>
internal sealed class LmEvalSamples
{
    private readonly SortedDictionary<long, SampleRow> _rows = [];
    private readonly OrderedDictionary<(string Metric, string Filter), List<object?>> _scores = [];
    private readonly List<(Request Request, Response Response)> _answers = [];

    private LmEvalSamples(string task) => Task = task;

    /// <summary>From the file's name, or as given.</summary>
    public string Task { get; }

    public IReadOnlyList<SampleRow> Rows => [.. _rows.Values];

    /// <summary>Every request with its recorded answer, as a journal holds them.</summary>
    public IReadOnlyList<(Request Request, Response Response)> Answers => _answers;

    /// <summary>
    /// Means of the recorded scores. A metric whose scores are no numbers has none here; grading the run again gives it one.
    /// </summary>
    public IEnumerable<MetricValue> Metrics => _scores.Where(s => s.Value.All(v => v is double or long or bool)).Select(s =>
    {
        (double? value, double? error) = CorpusMetric.Aggregate("mean", null, s.Value, CorpusMetric.DefaultBootstrapIterations);
        return new MetricValue
        {
            Metric = s.Key.Metric,
            Filter = s.Key.Filter,
            Value = value,
            StandardError = error,
            Count = s.Value.Count,
            Errored = 0,
            HigherIsBetter = true,
        };
    });

    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: the file is missing or a line is no sample.</exception>
    public static async Task<LmEvalSamples> ReadAsync(string file, string? task, CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
        {
            throw new EvalException(
                ExitCode.Data, $"{file}: there is no such file; expected samples_TASK_TIME.jsonl of lm-evaluation-harness");
        }

        var samples = new LmEvalSamples(task ?? TaskOf(file));
        int number = 0;
        await foreach (string line in File.ReadLinesAsync(file, cancellationToken).ConfigureAwait(false))
        {
            number++;
            if (line.Length == 0)
                continue;
            try
            {
                using var json = JsonDocument.Parse(line);
                samples.Add(json.RootElement);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new EvalException(
                    ExitCode.Data,
                    $"{file}:{number}: {e.Message} Expected a sample of lm-evaluation-harness with " +
                    "doc_id, doc, target, arguments, resps, filter and metrics",
                    e);
            }
        }

        return samples._rows.Count > 0 ? samples : throw new EvalException(ExitCode.Data, $"{file}: has no samples");
    }

    /// <summary>samples_gsm8k_2026-05-12T01-00-00.123456.jsonl holds gsm8k.</summary>
    private static string TaskOf(string file)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        name = name.StartsWith("samples_", StringComparison.Ordinal) ? name["samples_".Length..] : name;
        int time = name.LastIndexOf('_');
        bool hasTime = time > 0
            && name.Length > time + 1
            && char.IsAsciiDigit(name[time + 1])
            && name[time..].Contains('T', StringComparison.Ordinal);
        return hasTime ? name[..time] : name;
    }

    private void Add(JsonElement sample)
    {
        long id = sample.GetProperty("doc_id").GetInt64();
        string filter = sample.TryGetProperty("filter", out JsonElement named) ? named.GetString()! : "none";
        if (!_rows.ContainsKey(id))
            _rows[id] = Row(id, sample);
        JsonElement[] metrics = sample.TryGetProperty("metrics", out JsonElement list) ? [.. list.EnumerateArray()] : [];
        var scores = (OrderedDictionary<string, object?>)PlainJson.Parse(_rows[id].Scores)!;
        foreach (string metric in metrics.Select(m => m.GetString()!))
        {
            object? score = PlainJson.From(sample.GetProperty(metric));
            scores[$"{metric},{filter}"] = score;
            if (!_scores.TryGetValue((metric, filter), out List<object?>? values))
                _scores[(metric, filter)] = values = [];
            values.Add(score);
        }

        var answers = (OrderedDictionary<string, object?>)PlainJson.Parse(_rows[id].Answers)!;
        if (_rows[id].Completions.Count > 0)
            answers[filter] = PlainJson.From(sample.GetProperty("filtered_resps"));
        _rows[id] = _rows[id] with { Scores = new FreeValue(scores).ToJson(), Answers = new FreeValue(answers).ToJson() };
    }

    private SampleRow Row(long id, JsonElement sample)
    {
        (string Context, string? Continuation)[] arguments = [.. Arguments(sample.GetProperty("arguments"))];
        var completions = new List<string>();
        var likelihoods = new List<double>();
        var greedy = new List<bool>();
        JsonElement[] responses = [.. sample.GetProperty("resps").EnumerateArray()];
        for (int i = 0; i < responses.Length; i++)
        {
            JsonElement[] repeats = [.. responses[i].EnumerateArray()];
            for (int repeat = 0; repeat < repeats.Length; repeat++)
            {
                var key = new RequestKey(Task, id, arguments[i].Continuation is null ? repeat : i);
                if (arguments[i].Continuation is null)
                {
                    completions.Add(repeats[repeat].GetString()!);
                    var options = new Tasks.GenerationOptions { Until = [] };
                    var request = new GenerateRequest { Key = key, Prompt = arguments[i].Context, Options = options, Seed = 0 };
                    _answers.Add((request, new Response { Key = key, FinishReason = FinishReason.Stop, Text = completions[^1] }));
                }
                else if (repeat == 0)
                {
                    (double likelihood, bool isGreedy) = Likelihood(repeats[0]);
                    likelihoods.Add(likelihood);
                    greedy.Add(isGreedy);
                    _answers.Add((
                        new LogLikelihoodRequest { Key = key, Prompt = arguments[i].Context, Continuation = arguments[i].Continuation! },
                        new Response { Key = key, FinishReason = FinishReason.Scored, LogLikelihood = likelihood, IsGreedy = isGreedy }));
                }
            }
        }

        bool shared = arguments.All(a => a.Context == arguments[0].Context);
        return new SampleRow
        {
            DocumentId = id,
            Document = sample.GetProperty("doc").GetRawText(),
            Context = arguments[0].Context,
            Contexts = shared ? [] : [.. arguments.Select(a => a.Context)],
            Continuations = [.. arguments.Select(a => a.Continuation).OfType<string>()],
            Target = sample.GetProperty("target").GetRawText(),
            LogLikelihoods = likelihoods,
            IsGreedy = greedy,
            Completions = completions,
            Answers = "{}",
            Scores = "{}",
        };
    }

    /// <summary>Context and continuation of each request; a completion has its options where a continuation stands.</summary>
    private static IEnumerable<(string Context, string? Continuation)> Arguments(JsonElement arguments)
    {
        IEnumerable<JsonElement[]> requests = arguments.ValueKind == JsonValueKind.Object
            ? arguments.EnumerateObject().Select(request => request.Value.EnumerateObject().Select(a => a.Value).ToArray())
            : arguments.EnumerateArray().Select(request => request.EnumerateArray().ToArray());
        return requests.Select(a =>
            (a[0].GetString()!, a.Length == 1 ? "" : a[1].ValueKind == JsonValueKind.String ? a[1].GetString() : null));
    }

    /// <summary>A pair, or a number alone for a whole text; as JSON or as Python prints them.</summary>
    private static (double LogLikelihood, bool IsGreedy) Likelihood(JsonElement response)
    {
        JsonElement[] pair = response.ValueKind == JsonValueKind.Array ? [.. response.EnumerateArray()] : [response];
        double likelihood = pair[0].ValueKind == JsonValueKind.Number
            ? pair[0].GetDouble()
            : double.Parse(pair[0].GetString()!, CultureInfo.InvariantCulture);
        bool IsTrue(JsonElement value) =>
            value.ValueKind == JsonValueKind.True || (value.ValueKind == JsonValueKind.String && value.GetString() == Python.Str(true));
        return (likelihood, pair.Length > 1 && IsTrue(pair[1]));
    }
}
