using EvalHarness.Pythonic;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Scoring;

/// <summary>Scores each document with the function that the task names under process_results.</summary>
internal sealed class ProcessResultsGrader : IGrader
{
    public string Name => "process_results";

    public Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken)
    {
        ResultsFunction function = job.Task.ProcessResults
            ?? throw new EvalException(
                ExitCode.Task, $"{job.Task.Source}: task {job.Task.Name}: grader {Name} needs the key process_results");
        return Task.FromResult<IReadOnlyList<Grade>>([.. job.Samples.Select(sample => GradeOne(function, sample))]);
    }

    private static Grade GradeOne(ResultsFunction function, Sample sample)
    {
        try
        {
            double[] likelihoods = [.. sample.Responses.Where(r => r.LogLikelihood is not null).Select(r => r.LogLikelihood!.Value)];
            IReadOnlyDictionary<string, object?> values = function.Score(
                new FunctionResults(sample.Document, sample.Answers, likelihoods));
            return new Grade
            {
                Scores = values
                    .Where(v => v.Value is double or long or bool)
                    .ToDictionary(v => v.Key, v => v.Value switch { double d => d, long l => l, _ => v.Value is true ? 1 : 0 }),
                Items = values.Where(v => v.Value is not (double or long or bool)).ToDictionary(),
            };
        }
        catch (FunctionException e)
        {
            return Grade.Failed(e.Message);
        }
    }
}
