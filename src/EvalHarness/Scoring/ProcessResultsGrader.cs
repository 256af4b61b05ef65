using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Scoring;

/// <summary>Scores the documents with the function that the task names under process_results, all of a job at once.</summary>
/// <remarks>Source: what lm-evaluation-harness's evaluate gives process_results.</remarks>
internal sealed class ProcessResultsGrader : IGrader
{
    public string Name => "process_results";

    public Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken)
    {
        ResultsFunction function = job.Task.ProcessResults
            ?? throw new EvalException(
                ExitCode.Task, $"{job.Task.Source}: task {job.Task.Name}: grader {Name} needs the key process_results");
        if (job.Samples.Count == 0)
            return Task.FromResult<IReadOnlyList<Grade>>([]);
        IReadOnlyList<FunctionOutcome<IReadOnlyDictionary<string, object?>>> outcomes =
            function.ScoreAll([.. job.Samples.Select(sample => Results(job.Task, sample))], cancellationToken);
        return Task.FromResult<IReadOnlyList<Grade>>([.. outcomes.Select(outcome => FunctionGrade.Of(job.Task, outcome))]);
    }

    private static FunctionResults Results(TaskDefinition task, Sample sample)
    {
        double[] likelihoods = [.. sample.Responses.Where(r => r.LogLikelihood is not null).Select(r => r.LogLikelihood!.Value)];
        return new FunctionResults(sample.Document, sample.Answers, likelihoods)
        {
            IsGreedy = task.OutputType is OutputType.MultipleChoice or OutputType.LogLikelihood
                ? [.. sample.Responses.Select(r => r.IsGreedy == true)]
                : [],
            Filtered = sample.Filtered,
        };
    }
}
