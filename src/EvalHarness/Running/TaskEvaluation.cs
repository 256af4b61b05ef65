using EvalHarness.Engines;
using EvalHarness.Results;
using EvalHarness.Scoring;
using EvalHarness.Scoring.Judging;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// Filters, grades and aggregates the responses of one task, block by block in the order of the documents. Of a block that was graded only
/// its scores are kept.
/// </summary>
/// <param name="run">The task.</param>
/// <param name="grader">Of the task; null where nothing is graded here.</param>
/// <param name="weights">What each document stands for; null where all were asked, or with the same probability.</param>
internal sealed class TaskEvaluation(TaskRun run, IGrader? grader, IReadOnlyDictionary<long, double>? weights = null)
{
    private readonly TaskDefinition _task = run.Definition;

    private readonly FilterScores[] _filters =
    [
        .. run.Filters.Select(f => new FilterScores(
            new FilterPipeline(run.Definition, f), new MetricScores(run.Definition, f.Name, weights))),
    ];

    private readonly IReadOnlySet<long> _audited =
        run.Definition.Judge is null || grader is null ? new HashSet<long>() : JudgeAudit.Draw(run);

    private readonly GenerationCount _generation = new();
    private TokenCount _tokens = TokenCount.None;
    /// <summary>Whether there are scores: those of the grader, or of rows that were graded before.</summary>
    private readonly bool _isScored = grader is not null;
    private int _count;
    private int _errored;
    private int _outsideChoices;
    private string? _firstError;

    /// <summary>Collects rows that were graded before, where no grader is at hand.</summary>
    /// <param name="run">The task.</param>
    /// <param name="isScored">Whether they have scores.</param>
    internal TaskEvaluation(TaskRun run, bool isScored)
        : this(run, grader: null) => _isScored = isScored;

    /// <param name="documents">The next ones, in ascending order, with the responses to all their requests.</param>
    /// <param name="cancellationToken">Stops grading.</param>
    internal async Task<GradedBlock> AddAsync(IReadOnlyList<AnsweredDocument> documents, CancellationToken cancellationToken)
    {
        var block = new GradedBlock(run, documents);
        foreach (FilterScores filter in _filters)
        {
            Sample[] samples = block.Filter(filter.Pipeline, cancellationToken);
            if (grader is null)
                continue;
            var job = new GradingJob
            {
                Task = _task,
                Filter = filter.Pipeline.Name,
                Samples = samples,
                SamplingSeed = run.SamplingSeed,
                Audited = _audited,
            };
            IReadOnlyList<Grade> grades = samples.Length == 0 ? [] : await grader.GradeAsync(job, cancellationToken).ConfigureAwait(false);
            filter.Scored += block.Collect(filter.Pipeline.Name, samples, grades, filter.Scores);
        }

        Count(documents, block);
        return block;
    }

    /// <summary>Takes the scores of a document that was graded before.</summary>
    /// <param name="row">Its sample: the next in ascending order.</param>
    /// <param name="responses">To all its requests.</param>
    internal void Add(SampleRow row, IReadOnlyList<Response> responses)
    {
        ILookup<string, SampleScore> scores = row.Scores.ToLookup(s => s.Filter);
        foreach (FilterScores filter in _filters)
        {
            foreach (SampleScore score in scores[filter.Pipeline.Name])
                filter.Scores.Add(row.DocumentId, score.Metric, score.ToObject());
            // A document that errored under one filter has the scores of the others.
            filter.Scored += row.Error is null || scores.Contains(filter.Pipeline.Name) ? 1 : 0;
        }

        _count++;
        if (row.Error is not null)
        {
            _errored++;
            _firstError ??= $"document {row.DocumentId}: {row.Error}";
        }

        _outsideChoices += row.Detail?.Contains(MultipleChoiceGrader.OutsideChoices, StringComparison.Ordinal) == true ? 1 : 0;
        Count(responses);
    }

    private void Count(IReadOnlyList<AnsweredDocument> documents, GradedBlock block)
    {
        _count += documents.Count;
        _errored += block.Errored;
        _outsideChoices += block.OutsideChoices;
        _firstError ??= block.FirstError;
        Count(documents.SelectMany(d => d.Responses));
    }

    private void Count(IEnumerable<Response> responses)
    {
        foreach (Response response in responses)
        {
            _tokens += TokenCount.Of([response]);
            if (response.Error is null)
                _generation.Add(response);
        }
    }

    /// <summary>The results over all documents that were added.</summary>
    /// <param name="bootstrapIterations">For standard errors of metrics that are no means.</param>
    internal TaskResult Finish(int bootstrapIterations) => new()
    {
        Run = run,
        Metrics = !_isScored ? [] : [.. _filters.SelectMany(f => f.Scores.Aggregate(_count - f.Scored, bootstrapIterations))],
        Count = _count,
        Errored = _errored,
        Tokens = _tokens,
        Generation = _task.OutputType == OutputType.GenerateUntil ? _generation.Figures(_task.Generation.MaxTokens) : null,
        Judges = _isScored ? [.. _filters.Select(f => f.Scores.Card(_count)).OfType<JudgeCard>()] : [],
        OutsideChoices = _outsideChoices,
        FirstError = _firstError,
    };

    private sealed record FilterScores(FilterPipeline Pipeline, MetricScores Scores)
    {
        /// <summary>The number of documents that were scored under the filter.</summary>
        internal int Scored { get; set; }
    }
}
