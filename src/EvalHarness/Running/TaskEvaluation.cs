using EvalHarness.Engines;
using EvalHarness.Filters;
using EvalHarness.Grading;
using EvalHarness.Metrics;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>Filters, grades and aggregates the responses of one task.</summary>
internal sealed class TaskEvaluation
{
    private readonly TaskDefinition _task;
    private readonly IReadOnlyList<PreparedDocument> _documents;
    private readonly IReadOnlyDictionary<RequestKey, Response> _responses;
    private readonly Dictionary<long, string> _errors = [];
    private readonly Dictionary<long, SortedDictionary<string, IReadOnlyList<string>>> _answers = [];
    private readonly Dictionary<long, OrderedDictionary<string, double>> _scores = [];
    private readonly Dictionary<long, List<string>> _details = [];
    private readonly List<MetricValue> _metrics = [];

    internal TaskEvaluation(TaskDefinition task, IReadOnlyList<PreparedDocument> documents, IReadOnlyDictionary<RequestKey, Response> responses)
    {
        (_task, _documents, _responses) = (task, documents, responses);
        foreach (PreparedDocument document in documents)
        {
            if (Responses(document).FirstOrDefault(r => r.Error is not null) is { } failed)
                _errors[document.Id] = failed.Error!;
        }
    }

    internal async Task<TaskResult> GradeAsync(IGrader grader, int numFewShot, int available, CancellationToken cancellationToken)
    {
        IReadOnlyList<FilterPipelineDefinition> filters = _task.OutputType == OutputType.GenerateUntil
            ? _task.Filters
            : [new FilterPipelineDefinition("none", [])];
        // Before any filter: what errs under one of them is still judged under the others.
        HashSet<long> unanswered = [.. _errors.Keys];
        foreach (FilterPipelineDefinition definition in filters)
        {
            var pipeline = new FilterPipeline(_task, definition);
            Sample[] samples = [.. _documents.Where(d => !unanswered.Contains(d.Id)).Select(d => MakeSample(d, pipeline))];
            var job = new GradingJob { Task = _task, Filter = definition.Name, Samples = samples };
            IReadOnlyList<Grade> grades = samples.Length == 0 ? [] : await grader.GradeAsync(job, cancellationToken).ConfigureAwait(false);
            Collect(definition.Name, samples, grades);
        }

        return new TaskResult
        {
            Task = _task,
            NumFewShot = numFewShot,
            Metrics = _metrics,
            Count = _documents.Count,
            Available = available,
            Errored = _errors.Count,
            FirstError = _errors.Count == 0 ? null : _errors.OrderBy(e => e.Key).Select(e => $"document {e.Key}: {e.Value}").First(),
        };
    }

    private IEnumerable<Response> Responses(PreparedDocument document) => document.Requests.Select(r => _responses[r.Key]);

    private Sample MakeSample(PreparedDocument document, FilterPipeline pipeline)
    {
        Response[] responses = [.. Responses(document)];
        IReadOnlyList<string> answers = _task.OutputType == OutputType.GenerateUntil
            ? pipeline.Apply([.. responses.Select(r => r.Text!)], document.Document)
            : [];
        if (answers.Count > 0)
        {
            if (!_answers.TryGetValue(document.Id, out SortedDictionary<string, IReadOnlyList<string>>? byFilter))
                _answers[document.Id] = byFilter = new(StringComparer.Ordinal);
            byFilter[pipeline.Name] = answers;
        }

        return new Sample
        {
            DocumentId = document.Id,
            Document = document.Document,
            Context = document.Context,
            Choices = document.Choices,
            Target = document.Target,
            Responses = responses,
            Answers = answers,
        };
    }

    private void Collect(string filter, Sample[] samples, IReadOnlyList<Grade> grades)
    {
        var values = new OrderedDictionary<string, List<double>>();
        for (int i = 0; i < samples.Length; i++)
        {
            long id = samples[i].DocumentId;
            if (grades[i].Detail is { } detail)
                Entry(_details, id).Add(detail);
            string? error = grades[i].Error ?? (grades[i].Scores.Values.All(double.IsFinite) ? null : "a score is not a finite number");
            if (error is not null)
            {
                _errors.TryAdd(id, error);
                continue;
            }

            foreach ((string metric, double score) in grades[i].Scores)
            {
                if (!values.TryGetValue(metric, out List<double>? list))
                    values[metric] = list = [];
                list.Add(score);
                Entry(_scores, id)[$"{metric},{filter}"] = score;
            }
        }

        // Where every sample errored there is a line all the same, with no value.
        IEnumerable<string> names = values.Count > 0 ? values.Keys : _task.Metrics.Select(m => m.Name);
        foreach (string metric in names)
        {
            List<double> scores = values.GetValueOrDefault(metric) ?? [];
            _metrics.Add(new MetricValue
            {
                Metric = metric,
                Filter = filter,
                Value = scores.Count == 0 ? null : Aggregation.Mean(scores),
                StandardError = Aggregation.MeanStandardError(scores),
                Count = scores.Count,
                Errored = _documents.Count - scores.Count,
                HigherIsBetter = _task.Metrics.FirstOrDefault(m => m.Name == metric, _task.Metrics[0]).HigherIsBetter,
            });
        }
    }

    private static T Entry<T>(Dictionary<long, T> map, long id)
        where T : new()
    {
        if (!map.TryGetValue(id, out T? value))
            map[id] = value = new T();
        return value;
    }

    internal IReadOnlyList<SampleRow> Rows() => [.. _documents.Select(Row)];

    private SampleRow Row(PreparedDocument document)
    {
        Response[] responses = [.. Responses(document)];
        var answers = _answers.GetValueOrDefault(document.Id)?.ToDictionary(a => a.Key, a => (object?)a.Value.Cast<object?>().ToList()) ?? [];
        var scores = _scores.GetValueOrDefault(document.Id)?.ToDictionary(s => s.Key, s => (object?)s.Value) ?? [];
        return new SampleRow
        {
            DocumentId = document.Id,
            Document = document.Document.ToJson(),
            Context = document.Context,
            Continuations = [.. document.Requests.OfType<LogLikelihoodRequest>().Select(r => r.Continuation)],
            Target = Documents.Document.ToNode(document.Target)?.ToJsonString(ResultsJson.Line) ?? "null",
            LogLikelihoods = [.. responses.Where(r => r.LogLikelihood is not null).Select(r => r.LogLikelihood!.Value)],
            IsGreedy = [.. responses.Where(r => r.IsGreedy is not null).Select(r => r.IsGreedy!.Value)],
            Completions = [.. responses.Where(r => r.Text is not null).Select(r => r.Text!)],
            Answers = Documents.Document.ToNode(answers)!.ToJsonString(ResultsJson.Line),
            Scores = Documents.Document.ToNode(scores)!.ToJsonString(ResultsJson.Line),
            PromptTokens = [.. responses.Select(r => (long)r.PromptTokens)],
            CompletionTokens = [.. responses.Select(r => (long)r.CompletionTokens)],
            TokenLogProbabilities = [.. responses.SelectMany(r => r.TokenLogProbabilities)],
            FinishReasons = [.. responses.Select(r => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(r.FinishReason.ToString()))],
            Milliseconds = Math.Round(responses.Sum(r => r.Milliseconds), 3),
            Detail = string.Join("; ", _details.GetValueOrDefault(document.Id) ?? []),
            Error = _errors.GetValueOrDefault(document.Id) ?? "",
        };
    }
}
