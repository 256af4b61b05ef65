using EvalHarness.Sandbox;
using EvalHarness.Templates;

namespace EvalHarness.Grading;

/// <summary>
/// Runs each answer followed by the target (the problem's tests) in the sandbox; what runs to its last line is correct.
/// pass@k is the unbiased estimate over the problem's samples.
/// </summary>
/// <remarks>Source: Chen et al., "Evaluating Large Language Models Trained on Code" (2021), section 2.1, for pass@k.</remarks>
public sealed class CodeExecutionGrader(PythonSandbox? sandbox = null, ProgramLimits? limits = null) : IGrader
{
    private readonly ProgramLimits _limits = limits ?? new ProgramLimits();

    public string Name => "code_execution";

    public bool StartsPrograms => true;

    public async Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken)
    {
        Dictionary<int, string> ks = Ks(job);
        PythonSandbox box = sandbox ?? await PythonSandbox.OpenAsync(cancellationToken).ConfigureAwait(false);
        var grades = new Grade[job.Samples.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, grades.Length, options, async (i, token) =>
            grades[i] = await GradeOneAsync(box, job.Samples[i], ks, token).ConfigureAwait(false)).ConfigureAwait(false);
        return grades;
    }

    /// <summary>By k, the name it is reported under: pass@k, or the metric's own where the task file names one number.</summary>
    private static Dictionary<int, string> Ks(GradingJob job)
    {
        string where = $"{job.Task.Source}: task {job.Task.Name}, metric";
        switch (job.Task.Metrics)
        {
            case [{ Name: "pass_at_1" }]:
                return new Dictionary<int, string> { [1] = "pass_at_1" };
            case [{ Name: "pass_at_k" } metric]:
                object? k = metric.Options.GetValueOrDefault("k");
                int[] ks = [.. (k as IReadOnlyList<object?> ?? [k]).Select(v => (int)(v as long? ?? throw new EvalException(ExitCode.Task, $"{where} pass_at_k: k: expected whole numbers")))];
                return ks.All(v => v > 0 && v <= job.Task.Repeats)
                    ? ks.ToDictionary(v => v, v => $"pass@{v}")
                    : throw new EvalException(ExitCode.Task, $"{where} pass_at_k: k of {ks.Max()} needs at least that many repeats; the task has {job.Task.Repeats}");
            default:
                throw new EvalException(ExitCode.Task, $"{where}: code_execution gives pass_at_k and no other; found {string.Join(", ", job.Task.Metrics.Select(m => m.Name))}");
        }
    }

    private async Task<Grade> GradeOneAsync(PythonSandbox box, Sample sample, Dictionary<int, string> ks, CancellationToken cancellationToken)
    {
        int correct = 0;
        var verdicts = new List<string>();
        foreach (string answer in sample.Answers)
        {
            ProgramResult result = await box.RunAsync(answer + "\n" + Python.Str(sample.Target), _limits, cancellationToken).ConfigureAwait(false);
            if (result.End == ProgramEnd.CouldNotStart)
                return Grade.Failed($"the sandbox could not start: {result.Detail}");
            correct += result.End == ProgramEnd.Passed ? 1 : 0;
            verdicts.Add(result.Detail.Length == 0 ? $"{result.End}" : $"{result.End}: {result.Detail}");
        }

        return new Grade
        {
            Scores = ks.ToDictionary(k => k.Value, k => PassAtK(sample.Answers.Count, correct, k.Key)),
            Detail = string.Join("; ", verdicts),
        };
    }

    /// <summary>1 - C(n-c, k) / C(n, k), as a product that neither overflows nor cancels.</summary>
    public static double PassAtK(int samples, int correct, int k)
    {
        if (samples - correct < k)
            return 1;
        double allWrong = 1;
        for (int i = samples - correct + 1; i <= samples; i++)
            allWrong *= 1 - ((double)k / i);
        return 1 - allWrong;
    }
}
