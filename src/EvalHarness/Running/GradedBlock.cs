using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Pythonic;
using EvalHarness.Results;
using EvalHarness.Scoring;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Running;

/// <summary>Some documents of a task while their responses are filtered and graded, and what comes out for each.</summary>
internal sealed class GradedBlock
{
    private readonly TaskRun _run;
    private readonly IReadOnlyList<AnsweredDocument> _documents;
    private readonly Dictionary<long, GradedDocument> _graded;

    /// <summary>Documents that no filter sees: what errs under one filter is still judged under the others.</summary>
    private readonly HashSet<long> _unanswered = [];

    internal GradedBlock(TaskRun run, IReadOnlyList<AnsweredDocument> documents)
    {
        (_run, _documents) = (run, documents);
        _graded = documents.ToDictionary(d => d.Document.Id, _ => new GradedDocument());
        foreach ((PreparedDocument document, IReadOnlyList<Response> responses) in documents)
        {
            string? error = document.Failure?.Message ?? responses.FirstOrDefault(r => r.Error is not null)?.Error;
            if (error is null)
                continue;
            _graded[document.Id].Error = error;
            _unanswered.Add(document.Id);
        }
    }

    /// <summary>Documents that have no score under at least one filter.</summary>
    internal int Errored => _graded.Values.Count(g => g.Error is not null);

    /// <summary>Documents whose target is none of their choices.</summary>
    internal int OutsideChoices => _graded.Values.Count(g => g.Details.Contains(MultipleChoiceGrader.OutsideChoices));

    internal string? FirstError => _documents
        .Select(d => (d.Document.Id, _graded[d.Document.Id].Error))
        .Where(d => d.Error is not null)
        .Select(d => $"document {d.Id}: {d.Error}")
        .FirstOrDefault();

    internal IReadOnlyList<SampleRow> Rows() => [.. _documents.Select(d => AnsweredRow.Of(d, _graded[d.Document.Id]))];

    /// <summary>
    /// One sample of each document that can be judged, or one for each of its completions where those are graded alone; none where the
    /// filters cannot judge the document, which is then errored under this pipeline.
    /// </summary>
    internal Sample[] Filter(FilterPipeline pipeline, CancellationToken cancellationToken)
    {
        (AnsweredDocument Document, IReadOnlyList<Response> Responses)[] parts =
        [
            .. _documents.Where(d => !_unanswered.Contains(d.Document.Id)).SelectMany(d => _run.AveragesRepeats
                ? d.Responses.Select(r => (d, (IReadOnlyList<Response>)[r]))
                : [(d, d.Responses)]),
        ];
        if (_run.Definition.OutputType != OutputType.GenerateUntil)
            return [.. parts.Select(p => MakeSample(p.Document.Document, p.Responses, filtered: null))];
        FunctionOutcome<FilteredAnswers>[] outcomes = pipeline.ApplyAll(
            [.. parts.Select(IReadOnlyList<string> (p) => [.. p.Responses.Select(r => r.Text!)])],
            [.. parts.Select(p => p.Document.Document.Document)],
            cancellationToken);
        var samples = new List<Sample>();
        var failed = new HashSet<long>();
        foreach (((AnsweredDocument answered, IReadOnlyList<Response> responses), FunctionOutcome<FilteredAnswers> outcome)
            in parts.Zip(outcomes))
        {
            PreparedDocument document = answered.Document;
            if (outcome.Error is { } error)
            {
                _graded[document.Id].Error ??= $"filter {pipeline.Name}: {error}";
                failed.Add(document.Id);
                continue;
            }

            Sample sample = MakeSample(document, responses, outcome.Value!);
            Keep(pipeline, document, sample.Answers);
            samples.Add(sample);
        }

        return [.. samples.Where(s => !failed.Contains(s.DocumentId))];
    }

    private void Keep(FilterPipeline pipeline, PreparedDocument document, IReadOnlyList<string> answers)
    {
        if (answers.Count == 0)
            return;
        SortedDictionary<string, IReadOnlyList<string>> kept = _graded[document.Id].Answers;
        kept[pipeline.Name] = _run.AveragesRepeats && kept.TryGetValue(pipeline.Name, out IReadOnlyList<string>? earlier)
            ? [.. earlier, .. answers]
            : answers;
    }

    private static Sample MakeSample(PreparedDocument document, IReadOnlyList<Response> responses, FilteredAnswers? filtered) => new()
    {
        DocumentId = document.Id,
        Document = document.Document,
        Context = document.Context,
        Choices = document.Choices,
        Target = document.Gold,
        MultipleTargets = document.MultipleTargets,
        Responses = responses,
        Answers = filtered?.Printed() ?? [],
        Filtered = filtered,
    };

    /// <summary>Takes the grades of the samples that <see cref="Filter"/> has made.</summary>
    /// <returns>The number of documents that were scored.</returns>
    internal int Collect(string filter, Sample[] samples, IReadOnlyList<Grade> grades, MetricScores scores)
    {
        int scored = 0;
        foreach (IGrouping<long, Grade> own in samples.Zip(grades).GroupBy(g => g.First.DocumentId, g => g.Second))
        {
            GradedDocument graded = _graded[own.Key];
            Grade grade = Mean([.. own]);
            graded.Verdicts.AddRange(grade.Verdicts);
            if (grade.Detail is { } detail)
                graded.Details.Add(detail);
            string? error = grade.Error
                ?? grade.Scores
                    .Where(s => !double.IsFinite(s.Value) && !MayBeUndefined(s.Key, s.Value))
                    .Select(s => $"{s.Key} is {Python.Float(s.Value)}; expected a finite number")
                    .FirstOrDefault();
            if (error is not null)
            {
                graded.Error ??= error;
                continue;
            }

            scored++;
            IEnumerable<KeyValuePair<string, object?>> numbers = grade.Scores.Select(s => KeyValuePair.Create(s.Key, (object?)s.Value));
            foreach ((string metric, object? score) in numbers.Concat(grade.Items))
            {
                scores.Add(own.Key, metric, score);
                graded.Scores[(metric, filter)] = score;
            }
        }

        return scored;
    }

    /// <summary>Whether the aggregation of a metric knows what to do with a value that is no finite number.</summary>
    private bool MayBeUndefined(string metric, double value) => MetricTable.Definition(_run.Definition, metric) switch
    {
        { Function: not null } => true,
        { Aggregation: "nanmean" } => double.IsNaN(value),
        _ => false,
    };

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
            // A function may leave a metric out for some of the completions.
            Scores = grades
                .SelectMany(g => g.Scores)
                .GroupBy(s => s.Key, s => s.Value)
                .ToDictionary(own => own.Key, own => own.Average()),
            Items = grades[0].Items,
            Verdicts = [.. grades.SelectMany(g => g.Verdicts)],
            Detail = details.Length == 0 ? null : string.Join("; ", details),
        };
    }
}
