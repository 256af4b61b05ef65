using System.Globalization;
using System.Text.Json;
using EvalHarness.Data.Tables;
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
    private const double LargestScore = 1e100;

    private readonly SortedDictionary<long, SampleRow> _rows = [];
    private readonly OrderedDictionary<(string Metric, string Filter), List<object?>> _scores = [];
    private readonly List<(Request Request, Response Response)> _answers = [];

    /// <summary>For each filter in the order of the file, the documents that have it, and the metrics that it was scored with.</summary>
    private readonly OrderedDictionary<string, (HashSet<long> Documents, string[] Metrics)> _filters = [];

    private LmEvalSamples(string task) => Task = task;

    /// <summary>From the file's name, or as given.</summary>
    public string Task { get; }

    public IReadOnlyList<SampleRow> Rows => [.. _rows.Values];

    /// <summary>Every request with its recorded answer, as a journal holds them.</summary>
    public IReadOnlyList<(Request Request, Response Response)> Answers => _answers;

    /// <summary>
    /// Means of the recorded scores. A metric whose scores are no numbers has none here; grading the run again gives it one.
    /// </summary>
    public IEnumerable<MetricValue> Metrics => _scores.Where(s => s.Value.All(IsNumber)).Select(s =>
    {
        CorpusScore mean = CorpusMetric.Aggregate("mean", null, s.Value, CorpusMetric.DefaultBootstrapIterations);
        return new MetricValue
        {
            Metric = s.Key.Metric,
            Filter = s.Key.Filter,
            Value = mean.Value,
            StandardError = mean.StandardError,
            Count = s.Value.Count,
            Errored = 0,
            HigherIsBetter = true,
        };
    });

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: the file is missing, a line is no sample, or the lines are not one for each document and filter.
    /// </exception>
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
                using var json = JsonDocument.Parse(line, new JsonDocumentOptions { AllowDuplicateProperties = false });
                if (json.RootElement.ValueKind != JsonValueKind.Object)
                    throw new FormatException("The line is no JSON object.");
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

        if (samples._rows.Count == 0)
            throw new EvalException(ExitCode.Data, $"{file}: has no samples");
        samples.CheckWhole(file);
        LmEvalResults.CheckCount(file, samples.Task, samples._rows.Count);
        return samples;
    }

    /// <summary>
    /// A filter that some documents lack means that lines are missing or damaged, and its mean would be of other documents.
    /// </summary>
    private void CheckWhole(string file)
    {
        foreach ((string filter, (HashSet<long> documents, _)) in _filters)
        {
            if (_rows.Keys.FirstOrDefault(id => !documents.Contains(id), -1) is >= 0 and var missing)
            {
                throw new EvalException(
                    ExitCode.Data,
                    $"{file}: document {missing} has no line with filter {filter}, "
                    + $"which {documents.Count} of {_rows.Count} documents have; "
                    + "expected a line for each document and filter, so the file is cut or damaged");
            }
        }
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
        JsonElement written = sample.GetProperty("doc_id");
        if (written.ValueKind != JsonValueKind.Number || !written.TryGetInt64(out long id) || id < 0)
            throw new FormatException($"doc_id is {written.GetRawText()}, expected a whole number, 0 or more.");
        string filter = sample.TryGetProperty("filter", out JsonElement named) ? Text(named, "filter") : "none";
        if (!_rows.ContainsKey(id))
            _rows[id] = Row(id, sample);
        JsonElement[] metrics = sample.TryGetProperty("metrics", out JsonElement list) ? [.. list.EnumerateArray()] : [];
        string[] names = [.. metrics.Select(m => Text(m, "metrics"))];
        Count(id, filter, names);
        var scores = new OrderedDictionary<string, SampleScore>();
        foreach (string metric in names)
        {
            object? score = Score(sample.GetProperty(metric), metric);
            scores[metric] = SampleScore.Of(metric, filter, score);
            if (!_scores.TryGetValue((metric, filter), out List<object?>? values))
                _scores[(metric, filter)] = values = [];
            // Some metrics give lists of what they are computed from, but then for every document.
            if (values.Count > 0 && IsNumber(values[0]) != IsNumber(score))
            {
                throw new FormatException(
                    $"{metric} of document {id} is {sample.GetProperty(metric).GetRawText()}, "
                    + $"expected {(IsNumber(values[0]) ? "a number" : "no number")} as in earlier documents.");
            }

            values.Add(score);
        }

        SampleRow row = _rows[id] with { Scores = [.. _rows[id].Scores, .. scores.Values] };
        _rows[id] = row.Completions.Count == 0
            ? row
            : row with { Answers = [.. row.Answers, SampleAnswers.Of(filter, Filtered(sample.GetProperty("filtered_resps")))] };
    }

    /// <summary>The answers to the one request of a document: a filter that does not take the first gives them as a list.</summary>
    private static object? Filtered(JsonElement filtered) =>
        PlainJson.From(filtered) is IReadOnlyList<object?> { Count: 1 } one && one[0] is IReadOnlyList<object?> all
            ? all
            : PlainJson.From(filtered);

    /// <summary>Remembers that a document has a line with a filter.</summary>
    private void Count(long id, string filter, string[] metrics)
    {
        if (!_filters.TryGetValue(filter, out (HashSet<long> Documents, string[] Metrics) known))
            _filters[filter] = known = ([], metrics);
        if (!known.Documents.Add(id))
            throw new FormatException($"Document {id} with filter {filter} is listed twice.");
        if (!known.Metrics.SequenceEqual(metrics))
        {
            throw new FormatException(
                $"Document {id} with filter {filter} has metrics [{string.Join(", ", metrics)}], "
                + $"earlier documents have [{string.Join(", ", known.Metrics)}].");
        }
    }

    /// <summary>
    /// A number that a double cannot hold to its usual digits, such as 1e-320, or whose square it cannot hold, such as 1e300, is a sign of
    /// damage: no metric is so small or large.
    /// </summary>
    private static object? Score(JsonElement json, string metric)
    {
        object? score = PlainJson.From(json);
        return score is double number && (!(Math.Abs(number) <= LargestScore) || double.IsSubnormal(number))
            ? throw new FormatException($"{metric} is {json.GetRawText()}, expected a number between 2.3e-308 and 1e100, or 0.")
            : score;
    }

    private static bool IsNumber(object? score) => score is double or long or bool;

    private static string Text(JsonElement json, string name) => json.ValueKind == JsonValueKind.String
        ? json.GetString()!
        : throw new FormatException($"{name} has {json.GetRawText()} where text is expected.");

    private SampleRow Row(long id, JsonElement sample)
    {
        (string Context, string? Continuation)[] arguments = [.. Arguments(sample.GetProperty("arguments"))];
        var completions = new List<string>();
        var likelihoods = new List<double>();
        var greedy = new List<bool>();
        JsonElement[] responses = [.. sample.GetProperty("resps").EnumerateArray()];
        if (arguments.Length == 0 || arguments.Length != responses.Length)
        {
            throw new FormatException(
                $"Document {id} has {arguments.Length} arguments and {responses.Length} resps, expected as many of each.");
        }

        for (int i = 0; i < responses.Length; i++)
        {
            JsonElement[] repeats = [.. responses[i].EnumerateArray()];
            if (repeats.Length == 0)
                throw new FormatException($"Document {id} has an empty list in resps.");
            for (int repeat = 0; repeat < repeats.Length; repeat++)
            {
                var key = new RequestKey(Task, id, arguments[i].Continuation is null ? repeat : i);
                if (arguments[i].Continuation is null)
                {
                    completions.Add(Text(repeats[repeat], "resps"));
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
            LogLikelihoods = likelihoods,
            IsGreedy = greedy,
            Completions = completions,
        }.WithTargetJson(sample.GetProperty("target").GetRawText());
    }

    /// <summary>Context and continuation of each request; a completion has its options where a continuation stands.</summary>
    private static IEnumerable<(string Context, string? Continuation)> Arguments(JsonElement arguments)
    {
        IEnumerable<JsonElement[]> requests = arguments.ValueKind == JsonValueKind.Object
            ? arguments.EnumerateObject().Select(request => request.Value.EnumerateObject().Select(a => a.Value).ToArray())
            : arguments.EnumerateArray().Select(request => request.EnumerateArray().ToArray());
        return requests.Select(a => a.Length == 0
            ? throw new FormatException("arguments has an empty entry.")
            : (Text(a[0], "arguments"), a.Length == 1 ? "" : a[1].ValueKind == JsonValueKind.String ? a[1].GetString() : null));
    }

    /// <summary>A pair, or a number alone for a whole text; as JSON or as Python prints them.</summary>
    private static (double LogLikelihood, bool IsGreedy) Likelihood(JsonElement response)
    {
        JsonElement[] pair = response.ValueKind == JsonValueKind.Array ? [.. response.EnumerateArray()] : [response];
        if (pair.Length == 0)
            throw new FormatException("resps has an empty pair.");
        double likelihood = pair[0].ValueKind == JsonValueKind.Number
            ? pair[0].GetDouble()
            : double.Parse(Text(pair[0], "resps"), CultureInfo.InvariantCulture);
        if (!double.IsFinite(likelihood))
            throw new FormatException($"resps has the log-likelihood {pair[0].GetRawText()}, expected a finite number.");
        bool IsTrue(JsonElement value) =>
            value.ValueKind == JsonValueKind.True || (value.ValueKind == JsonValueKind.String && value.GetString() == Python.Str(true));
        return (likelihood, pair.Length > 1 && IsTrue(pair[1]));
    }
}
