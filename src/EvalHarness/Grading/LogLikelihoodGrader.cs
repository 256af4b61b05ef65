namespace EvalHarness.Grading;

/// <summary>acc: greedy decoding would have given exactly the target.</summary>
public sealed class LogLikelihoodGrader : IGrader
{
    public string Name => "log_likelihood";

    public Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken)
    {
        if (job.Task.Metrics.FirstOrDefault(m => m.Name != "acc") is { } unknown)
            throw new EvalException(ExitCode.Task, $"{job.Task.Source}: task {job.Task.Name}: metric {unknown.Name} is not known to log_likelihood; known is acc");
        return Task.FromResult<IReadOnlyList<Grade>>([.. job.Samples.Select(sample => new Grade
        {
            Scores = new Dictionary<string, double> { ["acc"] = sample.Responses[0].IsGreedy == true ? 1 : 0 },
        })]);
    }
}
