using System.Globalization;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Pythonic;
using EvalHarness.Scoring.Judging;
using EvalHarness.Tasks;

namespace EvalHarness.Scoring;

/// <summary>
/// Has a model grade completions, by the task's rubric. The score of a document is what its grade counts; of several completions their
/// mean. Where the judge's answer has no grade the document is errored. Some documents are judged again in other forms, and some have a
/// person's grade: those scores stand beside the first in the sample, and are what the judge's card is made of.
/// </summary>
internal sealed class ModelGradedGrader(IJudge? judge) : IGrader
{
    public string Name => JudgeReader.Grader;

    public bool IsCostly => true;

    public async Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken)
    {
        TaskDefinition task = job.Task;
        if (task.Judge is null)
            throw new EvalException(ExitCode.Task, $"{task.Source}: task {task.Name}: grader {Name} is not set by the task's file");
        if (judge is null)
        {
            throw new EvalException(
                ExitCode.Usage, $"{task.Source}: task {task.Name} is graded by a model; name it with --judge MODEL");
        }

        var judged = new Dictionary<JudgeForm, IReadOnlyDictionary<Sample, SampleJudgement>>
        {
            [JudgeForm.Asked] = await JudgeAsync(job, job.Samples, JudgeForm.Asked, cancellationToken).ConfigureAwait(false),
        };
        Sample[] again = [.. job.Samples.Where(s => job.Audited.Contains(s.DocumentId) && judged[JudgeForm.Asked][s].Error is null)];
        foreach (JudgeForm form in JudgeForms.OfCard.Where(f => JudgeForms.IsAsked(f, task.Judge)))
            judged[form] = await JudgeAsync(job, again, form, cancellationToken).ConfigureAwait(false);
        // A person's grade is of one completion, and says nothing of a score that is the mean of several.
        HashSet<long> single = [.. job.Samples.CountBy(s => s.DocumentId).Where(d => d.Value == 1).Select(d => d.Key)];
        return [.. job.Samples.Select(sample => GradeOne(task, sample, single.Contains(sample.DocumentId), judged))];
    }

    private static Grade GradeOne(
        TaskDefinition task, Sample sample, bool isSingle, Dictionary<JudgeForm, IReadOnlyDictionary<Sample, SampleJudgement>> judged)
    {
        SampleJudgement asked = judged[JudgeForm.Asked][sample];
        if (asked.Error is { } error)
            return Grade.Failed(error);
        string metric = task.Metrics[0].Name;
        var scores = new Dictionary<string, double> { [metric] = asked.Score };
        foreach (JudgeForm form in JudgeForms.OfCard.Where(judged.ContainsKey))
        {
            if (judged[form].GetValueOrDefault(sample) is { Error: null } other)
                scores[JudgeForms.Metric(form, metric)] = other.Score;
        }

        try
        {
            if (isSingle && Label(task, sample) is { } label)
                scores[JudgeForms.LabelMetric(metric)] = label;
        }
        catch (EvalException e)
        {
            return Grade.Failed(e.Message);
        }

        return new Grade
        {
            Scores = scores,
            Detail = asked.Detail,
        };
    }

    /// <summary>
    /// What a person's grade of the completion counts: the name of a grade, or what one counts. Null where the document has none, and where
    /// the person saw another completion.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: it is something else.</exception>
    private static double? Label(TaskDefinition task, Sample sample)
    {
        JudgeDefinition judge = task.Judge!;
        if (judge.Label is null || sample.Answers is not [var completion])
            return null;
        object? seen = judge.Labelled!.Resolve(sample.Document.Values);
        if (seen is null || Python.Str(seen).Trim() != completion.Trim())
            return null;
        object? value = judge.Label.Resolve(sample.Document.Values);
        if (value is bool flag)
            value = flag ? 1L : 0L;
        if (value is null || Python.Str(value).Trim() is not { Length: > 0 } text)
            return null;
        if (judge.Find(text) is { } named)
            return named.Score;
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number);
        return isNumber && judge.Grades.FirstOrDefault(g => g.Score == number) is { } counted
            ? counted.Score
            : throw new EvalException(
                ExitCode.Data,
                $"{judge.Label.Place}: label: '{EvalException.OneLine(text)}' is none of the grades "
                + string.Join(", ", judge.Grades.Select(g => g.Name)));
    }

    /// <summary>What the judge makes of some samples, each with all its completions.</summary>
    private async Task<IReadOnlyDictionary<Sample, SampleJudgement>> JudgeAsync(
        GradingJob job, IReadOnlyList<Sample> samples, JudgeForm form, CancellationToken cancellationToken)
    {
        var questions = new JudgeQuestions(job.Task, job.SamplingSeed);
        string journalTask = JudgeForms.JournalTask(form, job.Task.Name, job.Filter);
        var judgements = new Dictionary<Sample, SampleJudgement>(ReferenceEqualityComparer.Instance);
        var asked = new List<(Sample Sample, int Requests)>();
        var requests = new List<GenerateRequest>();
        // Completions of one document that are graded alone are samples of their own, which follow each other.
        foreach (IGrouping<long, Sample> document in samples.GroupBy(s => s.DocumentId))
        {
            int number = 0;
            foreach (Sample sample in document)
            {
                int before = requests.Count;
                try
                {
                    foreach (string answer in sample.Answers)
                    {
                        var completion = new JudgedCompletion(sample.DocumentId, sample.Document, Reference(sample), number++, answer);
                        requests.AddRange(questions.Of(completion, form, journalTask));
                    }

                    if (sample.Answers.Count == 0)
                        judgements[sample] = SampleJudgement.Failed("the filters left no answer");
                    asked.Add((sample, requests.Count - before));
                }
                catch (EvalException e)
                {
                    requests.RemoveRange(before, requests.Count - before);
                    judgements[sample] = SampleJudgement.Failed(e.Message);
                }
            }
        }

        IReadOnlyList<Response> responses =
            requests.Count == 0 ? [] : await judge!.AskAsync(requests, cancellationToken).ConfigureAwait(false);
        int next = 0;
        foreach ((Sample sample, int count) in asked.Where(a => a.Requests > 0))
        {
            judgements[sample] = SampleJudgement.Of(job.Task.Judge!, [.. responses.Skip(next).Take(count)]);
            next += count;
        }

        return judgements;
    }

    /// <summary>The right answer as text: of several, each on a line.</summary>
    private static string Reference(Sample sample) => sample.Target switch
    {
        var target when sample.Choices.Count > 0 && PythonInteger.From(target) is { } index && index >= 0 && index < sample.Choices.Count =>
            sample.Choices[(int)index],
        IReadOnlyList<object?> list when sample.MultipleTargets => string.Join('\n', list.Select(Python.Str)),
        var target => Python.Str(target),
    };
}
