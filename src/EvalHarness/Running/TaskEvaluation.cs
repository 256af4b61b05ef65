using System.Text.Json;
using System.Text.RegularExpressions;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Pythonic;
using EvalHarness.Results;
using EvalHarness.Scoring;
using EvalHarness.Scoring.Metrics;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>Filters, grades and aggregates the responses of one task.</summary>
internal sealed class TaskEvaluation
{
    private readonly TaskRun _run;
    private readonly TaskDefinition _task;
    private readonly IReadOnlyList<PreparedDocument> _documents;
    private readonly IReadOnlyDictionary<RequestKey, Response> _responses;
    private readonly Dictionary<long, string> _errors = [];
    private readonly Dictionary<long, SortedDictionary<string, IReadOnlyList<string>>> _answers = [];
    private readonly Dictionary<long, OrderedDictionary<string, object?>> _scores = [];
    private readonly Dictionary<long, List<string>> _details = [];
    private readonly Dictionary<long, List<string>> _verdicts = [];
    private readonly List<MetricValue> _metrics = [];
    private readonly int _bootstrapIterations;
    private readonly IReadOnlyDictionary<long, double>? _weights;

    /// <param name="run">The task.</param>
    /// <param name="documents">Those that were asked.</param>
    /// <param name="responses">To all their requests.</param>
    /// <param name="bootstrapIterations">For standard errors of metrics that are no means.</param>
    /// <param name="weights">What each document stands for; null where all were asked, or with the same probability.</param>
    internal TaskEvaluation(
        TaskRun run,
        IReadOnlyList<PreparedDocument> documents,
        IReadOnlyDictionary<RequestKey, Response> responses,
        int bootstrapIterations,
        IReadOnlyDictionary<long, double>? weights = null)
    {
        (_run, _task, _weights) = (run, run.Definition, weights);
        (_documents, _responses, _bootstrapIterations) = (documents, responses, bootstrapIterations);
        foreach (PreparedDocument document in documents)
        {
            if (document.Failure is { } failure)
                _errors[document.Id] = failure.Message;
            else if (Responses(document).FirstOrDefault(r => r.Error is not null) is { } failed)
                _errors[document.Id] = failed.Error!;
        }
    }

    /// <param name="grader">Of the task; null to filter the answers and give them no scores.</param>
    /// <param name="cancellationToken">Stops grading.</param>
    internal async Task<TaskResult> GradeAsync(IGrader? grader, CancellationToken cancellationToken)
    {
        // Before any filter: what errs under one of them is still judged under the others.
        HashSet<long> unanswered = [.. _errors.Keys];
        foreach (FilterPipelineDefinition definition in _run.Filters)
        {
            var pipeline = new FilterPipeline(_task, definition);
            Sample[] samples =
                [.. _documents.Where(d => !unanswered.Contains(d.Id)).SelectMany(d => MakeSamples(d, pipeline))];
            if (grader is null)
                continue;
            var job = new GradingJob { Task = _task, Filter = definition.Name, Samples = samples };
            IReadOnlyList<Grade> grades = samples.Length == 0 ? [] : await grader.GradeAsync(job, cancellationToken).ConfigureAwait(false);
            Collect(definition.Name, samples, grades);
        }

        return new TaskResult
        {
            Run = _run,
            Metrics = _metrics,
            Count = _documents.Count,
            Errored = _errors.Count,
            Tokens = TokenCount.Of(_responses.Values),
            Generation = _task.OutputType == OutputType.GenerateUntil
                ? GenerationFigures.Of([.. _responses.Values.Where(r => r.Error is null)], _task.Generation.MaxTokens)
                : null,
            OutsideChoices = _details.Values.Count(details => details.Contains(MultipleChoiceGrader.OutsideChoices)),
            FirstError = _errors.Count == 0 ? null : _errors.OrderBy(e => e.Key).Select(e => $"document {e.Key}: {e.Value}").First(),
        };
    }

    private IEnumerable<Response> Responses(PreparedDocument document) => document.Requests.Select(r => _responses[r.Key]);

    /// <summary>One sample, or one for each completion that is graded alone; none where the filters cannot judge the document.</summary>
    private Sample[] MakeSamples(PreparedDocument document, FilterPipeline pipeline)
    {
        Response[] responses = [.. Responses(document)];
        if (!_run.AveragesRepeats)
            return MakeSample(document, pipeline, responses) is { } sample ? [sample] : [];
        Sample[] samples = [.. responses.Select(r => MakeSample(document, pipeline, [r])).OfType<Sample>()];
        return samples.Length == responses.Length ? samples : [];
    }

    /// <summary>Null where the filters cannot judge the document, which is then errored under this pipeline.</summary>
    private Sample? MakeSample(PreparedDocument document, FilterPipeline pipeline, Response[] responses)
    {
        IReadOnlyList<string> answers;
        try
        {
            answers = _task.OutputType == OutputType.GenerateUntil
                ? pipeline.Apply([.. responses.Select(r => r.Text!)], document.Document)
                : [];
        }
        catch (Exception e) when (e is FunctionException or RegexMatchTimeoutException)
        {
            _errors.TryAdd(document.Id, $"filter {pipeline.Name}: {e.Message}");
            return null;
        }

        if (answers.Count > 0)
        {
            if (!_answers.TryGetValue(document.Id, out SortedDictionary<string, IReadOnlyList<string>>? byFilter))
                _answers[document.Id] = byFilter = new(StringComparer.Ordinal);
            byFilter[pipeline.Name] = _run.AveragesRepeats && byFilter.TryGetValue(pipeline.Name, out IReadOnlyList<string>? earlier)
                ? [.. earlier, .. answers]
                : answers;
        }

        return new Sample
        {
            DocumentId = document.Id,
            Document = document.Document,
            Context = document.Context,
            Choices = document.Choices,
            Target = document.Gold,
            MultipleTargets = document.MultipleTargets,
            Responses = responses,
            Answers = answers,
        };
    }

    private void Collect(string filter, Sample[] samples, IReadOnlyList<Grade> grades)
    {
        var values = new OrderedDictionary<string, List<object?>>();
        var weights = new Dictionary<string, List<double>>();
        foreach (IGrouping<long, Grade> graded in samples.Zip(grades).GroupBy(g => g.First.DocumentId, g => g.Second))
        {
            long id = graded.Key;
            Grade grade = Mean([.. graded]);
            if (grade.Verdicts.Count > 0)
                Entry(_verdicts, id).AddRange(grade.Verdicts);
            if (grade.Detail is { } detail)
                Entry(_details, id).Add(detail);
            bool finite = grade.Scores.Values.All(double.IsFinite);
            string? error = grade.Error ?? (finite ? null : "a score is not a finite number");
            if (error is not null)
            {
                _errors.TryAdd(id, error);
                continue;
            }

            IEnumerable<KeyValuePair<string, object?>> numbers = grade.Scores.Select(s => KeyValuePair.Create(s.Key, (object?)s.Value));
            foreach ((string metric, object? score) in numbers.Concat(grade.Items))
            {
                if (!values.TryGetValue(metric, out List<object?>? list))
                    values[metric] = list = [];
                list.Add(score);
                Entry(weights, metric).Add(_weights?.GetValueOrDefault(id, 1) ?? 1);
                Entry(_scores, id)[$"{metric},{filter}"] = score;
            }
        }

        // In the task's own order; then what a grader adds to it. Where every sample errored there is a line all the same.
        string[] own = [.. _task.Metrics.Select(m => m.Name)];
        foreach (string metric in values.Count > 0 ? own.Where(values.ContainsKey).Concat(values.Keys.Except(own)) : own)
            _metrics.Add(Aggregate(metric, filter, values.GetValueOrDefault(metric) ?? [], weights.GetValueOrDefault(metric) ?? []));
    }

    /// <summary>The grade of a document of whose completions each was graded alone.</summary>
    private static Grade Mean(IReadOnlyList<Grade> grades)
    {
        if (grades is [var only])
            return only;
        if (grades.FirstOrDefault(g => g.Error is not null) is { } failed)
            return failed;
        string[] details = [.. grades.Select(g => g.Detail).OfType<string>().Distinct()];
        return new Grade
        {
            Scores = grades[0].Scores.Keys.ToDictionary(metric => metric, metric => grades.Average(g => g.Scores[metric])),
            Items = grades[0].Items,
            Verdicts = [.. grades.SelectMany(g => g.Verdicts)],
            Detail = details.Length == 0 ? null : string.Join("; ", details),
        };
    }

    /// <summary>A metric that the grader names itself (pass@1 of pass_at_k) is aggregated as the task's first one.</summary>
    private MetricValue Aggregate(string metric, string filter, List<object?> items, List<double> weights)
    {
        MetricDefinition definition = _task.Metrics.FirstOrDefault(m => m.Name == metric, _task.Metrics[0]);
        (double? value, double? error) = weights.Distinct().Count() < 2
            ? CorpusMetric.Aggregate(definition.Aggregation, definition.Function, items, _bootstrapIterations)
            : definition is { Aggregation: "mean", Function: null } && items.All(i => i is double)
                ? Aggregation.WeightedMean([.. items.Cast<double>()], weights)
                : (null, null);
        return new MetricValue
        {
            Metric = metric,
            Filter = filter,
            Value = value,
            StandardError = error,
            Count = items.Count,
            Errored = _documents.Count - items.Count,
            HigherIsBetter = definition.HigherIsBetter,
        };
    }

    private static T Entry<TKey, T>(Dictionary<TKey, T> map, TKey id)
        where TKey : notnull
        where T : new()
    {
        if (!map.TryGetValue(id, out T? value))
            map[id] = value = new T();
        return value;
    }

    internal IReadOnlyList<SampleRow> Rows() => [.. _documents.Select(Row)];

    /// <summary>
    /// The hashes of a document's conversations; none where no prompt is one. A text among conversations has an empty hash.
    /// </summary>
    private static IEnumerable<string> Messages(PreparedDocument document, bool shared)
    {
        IEnumerable<Prompt> prompts = shared ? [document.Prompt] : document.Requests.Select(r => r.Prompt);
        string?[] hashes = [.. prompts.Select(p => p.MessagesSha256())];
        return hashes.All(h => h is null) ? [] : hashes.Select(h => h ?? "");
    }

    /// <summary>The columns that say what a document is asked, which are known before it is answered.</summary>
    internal static SampleRow Asked(PreparedDocument document)
    {
        bool shared = document.Requests.All(r => r.Context == document.Context);
        return new SampleRow
        {
            DocumentId = document.Id,
            Context = document.Prompt.Shown,
            Contexts = shared ? [] : [.. document.Requests.Select(r => r.Prompt.Shown)],
            MessagesSha256 = [.. Messages(document, shared)],
            Continuations = [.. document.Requests.OfType<LogLikelihoodRequest>().Select(r => r.Continuation)],
        };
    }

    private SampleRow Row(PreparedDocument document)
    {
        Response[] responses = [.. Responses(document)];
        var answers = _answers.GetValueOrDefault(document.Id)
            ?.ToDictionary(a => a.Key, a => (object?)a.Value.Cast<object?>().ToList()) ?? [];
        var scores = _scores.GetValueOrDefault(document.Id)?.ToDictionary() ?? [];
        return Asked(document) with
        {
            Document = document.Document.ToJson(),
            Target = new FreeValue(document.Target).ToJson(),
            LogLikelihoods = [.. responses.Where(r => r.LogLikelihood is not null).Select(r => r.LogLikelihood!.Value)],
            IsGreedy = [.. responses.Where(r => r.IsGreedy is not null).Select(r => r.IsGreedy!.Value)],
            Completions = [.. responses.Where(r => r.Text is not null).Select(r => r.Text!)],
            Reasoning = responses.All(r => r.Reasoning is null) ? [] : [.. responses.Select(r => r.Reasoning ?? "")],
            ReasoningTokens = responses.All(r => r.ReasoningTokens == 0) ? [] : [.. responses.Select(r => (long)r.ReasoningTokens)],
            ReasoningUnfinished = responses.Any(r => r.IsReasoningUnfinished) ? [.. responses.Select(r => r.IsReasoningUnfinished)] : [],
            Answers = new FreeValue(answers).ToJson(),
            Scores = new FreeValue(scores).ToJson(),
            PromptTokens = [.. responses.Select(r => (long)r.PromptTokens)],
            CachedTokens = responses.All(r => r.CachedTokens == 0) ? [] : [.. responses.Select(r => (long)r.CachedTokens)],
            TruncatedTokens = responses.All(r => r.TruncatedTokens == 0) ? [] : [.. responses.Select(r => (long)r.TruncatedTokens)],
            CompletionTokens = [.. responses.Select(r => (long)r.CompletionTokens)],
            TokenLogProbabilities = [.. responses.SelectMany(r => r.TokenLogProbabilities)],
            FinishReasons = [.. responses.Select(r => JsonNamingPolicy.SnakeCaseLower.ConvertName(r.FinishReason.ToString()))],
            Milliseconds = Math.Round(responses.Sum(r => r.Milliseconds), 3),
            Verdicts = _verdicts.GetValueOrDefault(document.Id) ?? [],
            Detail = string.Join("; ", _details.GetValueOrDefault(document.Id) ?? []),
            Error = _errors.GetValueOrDefault(document.Id) ?? "",
        };
    }
}
