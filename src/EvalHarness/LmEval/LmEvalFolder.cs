using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using EvalHarness.Data;
using EvalHarness.Data.Tables;
using EvalHarness.Files;
using EvalHarness.Pythonic;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.LmEval;

/// <summary>
/// A run in lm-evaluation-harness's own files: <c>MODEL/results_TIME.json</c> and <c>MODEL/samples_TASK_TIME.jsonl</c>, one line per
/// document and filter, for programs that read those. Results are written after all samples, whose hashes they have.
/// </summary>
/// <remarks>Source: lm-evaluation-harness's result_schema.py and its evaluation tracker.</remarks>
internal sealed class LmEvalFolder : IResultSink
{
    private readonly string _path;
    private readonly string _time;
    private readonly ConcurrentDictionary<string, string> _hashes = new();

    private LmEvalFolder(string path, string time) => (_path, _time) = (path, time);

    /// <summary>Makes the folder above the model's own, so that one that cannot be written is known before a model is loaded.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: not writable.</exception>
    public static void Prepare(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OutputFile.Failed(path, e);
        }
    }

    /// <param name="path">The folder above the model's own.</param>
    /// <param name="model">Names the folder.</param>
    /// <param name="started">Is in the names of the files.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: not writable.</exception>
    public static LmEvalFolder Create(string path, ModelReference model, DateTimeOffset started)
    {
        string folder = Path.Combine(path, model.Sanitized);
        Prepare(folder);
        return new LmEvalFolder(folder, started.UtcDateTime.ToString("yyyy-MM-dd'T'HH-mm-ss.ffffff", null));
    }

    public Task<ISampleWriter> OpenSamplesAsync(TaskDefinition task, CancellationToken cancellationToken)
    {
        string name = string.Join('_', task.Name.Split(Path.GetInvalidFileNameChars()));
        var file = OutputStream.Create(Path.Combine(_path, $"samples_{name}_{_time}.jsonl"));
        return Task.FromResult<ISampleWriter>(new SampleLines(task, file, hash => _hashes[task.Name] = hash));
    }

    public Task WriteResultsAsync(RunResults results, CancellationToken cancellationToken) =>
        OutputFile.WriteAsync(Path.Combine(_path, $"results_{_time}.json"), async stream =>
        {
            var hashes = new SortedDictionary<string, string>(_hashes, StringComparer.Ordinal);
            RunReport report = RunReport.Of(results) with { TaskHashes = hashes };
            await using var writer = new StreamWriter(stream, leaveOpen: true);
            await writer.WriteAsync(report.ToJson() + "\n").ConfigureAwait(false);
        });

    private sealed class SampleLines(TaskDefinition task, OutputStream file, Action<string> complete) : ISampleWriter
    {
        private readonly SampleHashes _hashes = new();

        public Task WriteAsync(IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken) => file.WriteAsync(async () =>
        {
            await using var writer = new StreamWriter(file.File, leaveOpen: true);
            foreach (JsonObject line in rows.SelectMany(row => Lines(task, row, _hashes)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                await writer.WriteAsync(line.ToJsonString(ResultsJson.Line) + "\n").ConfigureAwait(false);
            }
        });

        public async Task CompleteAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await file.CompleteAsync().ConfigureAwait(false);
            complete(_hashes.OfTask());
        }

        public ValueTask DisposeAsync() => file.DisposeAsync();
    }

    /// <summary>
    /// One line per filter that gave the document a score; documents that errored have none in lm-evaluation-harness either.
    /// </summary>
    private static IEnumerable<JsonObject> Lines(TaskDefinition task, SampleRow row, SampleHashes hashes)
    {
        string target = Python.Str(row.TargetValue());
        string[] filters = [.. row.Scores.Select(s => s.Filter).Distinct()];
        // Answers that were saved and not graded have lines without metrics.
        if (filters.Length == 0 && row.Error is null)
            filters = row.Completions.Count == 0 ? ["none"] : [.. row.Answers.Select(answer => answer.Filter)];
        string document = SampleHashes.Of(PythonJson.Dump(PlainJson.Parse(row.Document), indent: 2, ascii: false));
        string prompt = SampleHashes.Of(row.Contexts.Count > 0 ? row.Contexts[0] : row.Context), targetHash = SampleHashes.Of(target);
        foreach (string filter in filters)
        {
            hashes.Add(filter, document, prompt, targetHash);
            SampleScore[] own = [.. row.Scores.Where(s => s.Filter == filter)];
            var line = new JsonObject
            {
                ["doc_id"] = row.DocumentId,
                ["doc"] = JsonNode.Parse(row.Document),
                ["target"] = target,
                ["arguments"] = Arguments(task, row),
                ["resps"] = Responses(task, row),
                ["filtered_resps"] = Filtered(task, row, filter),
                ["filter"] = filter,
                ["metrics"] = new JsonArray([.. own.Select(s => (JsonNode?)s.Metric)]),
                ["doc_hash"] = document,
                ["prompt_hash"] = prompt,
                ["target_hash"] = targetHash,
            };
            foreach (SampleScore score in own)
                line[score.Metric] = Document.ToNode(score.ToObject());
            yield return line;
        }
    }

    /// <summary>
    /// What each request was made of: a context and a continuation, a context and the settings of its generation, or, where a text is
    /// scored as a whole, the text alone.
    /// </summary>
    private static JsonObject Arguments(TaskDefinition task, SampleRow row)
    {
        var arguments = new JsonObject();
        for (int i = 0; i < Math.Max(1, row.Continuations.Count); i++)
        {
            var request = new JsonObject { ["arg_0"] = row.Contexts.Count > 0 ? row.Contexts[i] : row.Context };
            if (task.OutputType == OutputType.GenerateUntil)
                request["arg_1"] = Generation(task);
            else if (task.OutputType != OutputType.RollingLogLikelihood)
                request["arg_1"] = row.Continuations[i];
            arguments[$"gen_args_{i}"] = request;
        }

        return arguments;
    }

    /// <summary>The settings as the task file has them, with the defaults of lm-evaluation-harness.</summary>
    private static JsonObject Generation(TaskDefinition task)
    {
        JsonObject settings = Document.ToNode(task.Config.GetValueOrDefault("generation_kwargs")) as JsonObject
            ?? new JsonObject { ["temperature"] = 0.0, ["do_sample"] = false, ["max_gen_toks"] = task.Generation.MaxTokens };
        if (!settings.ContainsKey("until"))
            settings["until"] = new JsonArray([.. task.Generation.Until.Select(stop => (JsonNode?)stop)]);
        return settings;
    }

    /// <summary>Requests, each with its repeats. Completions are repeats of one request; a likelihood is computed once for all.</summary>
    private static JsonArray Responses(TaskDefinition task, SampleRow row) => task.OutputType == OutputType.GenerateUntil
        ? [new JsonArray([.. row.Completions.Select(c => (JsonNode?)c)])]
        : [.. Likelihoods(task, row).Select(
            likelihood => (JsonNode?)new JsonArray([.. Enumerable.Range(0, task.Repeats).Select(_ => likelihood!.DeepClone())]))];

    /// <summary>
    /// What the filter made of each request: one answer where a step of it takes the first of several, and otherwise the list of all.
    /// </summary>
    private static JsonArray Filtered(TaskDefinition task, SampleRow row, string filter)
    {
        if (task.OutputType != OutputType.GenerateUntil)
            return Likelihoods(task, row);
        var answers = new JsonArray([.. row.Answers.First(a => a.Filter == filter).Answers.Select(a => (JsonNode?)a)]);
        bool first = task.Filters.First(f => f.Name == filter).Steps.Any(step => step.Function == "take_first");
        return first ? answers : [answers];
    }

    /// <summary>A log-likelihood and whether the continuation is greedy, or the log-likelihood of a whole text alone.</summary>
    private static JsonArray Likelihoods(TaskDefinition task, SampleRow row)
    {
        string Greedy(int i) => i >= row.IsGreedy.Count ? "None" : row.IsGreedy[i] ? "True" : "False";
        return [.. row.LogLikelihoods.Select((likelihood, i) => task.OutputType == OutputType.RollingLogLikelihood
            ? (JsonNode?)Python.Float(likelihood)
            : new JsonArray(Python.Float(likelihood), Greedy(i)))];
    }
}
