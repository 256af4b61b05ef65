using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Pythonic;
using EvalHarness.Sandbox;
using EvalHarness.Tasks;

namespace EvalHarness.Scoring;

/// <summary>
/// Runs each answer, followed by the target (the tests of the problem), in the sandbox. An answer is correct if the program runs to
/// its last line. A program may use the processor time that the language allows, or ten times that of the reference solution if that
/// is more. pass@k is the unbiased estimate over the samples of a problem.
/// </summary>
/// <remarks>Source: Chen et al., "Evaluating Large Language Models Trained on Code" (2021), section 2.1, for pass@k.</remarks>
internal sealed class CodeExecutionGrader(ProgramSandbox? sandbox) : IGrader
{
    /// <summary>The factor by which a program may be slower than the reference solution.</summary>
    private const double Slack = 10;

    /// <summary>The processor time that the reference solution may use.</summary>
    private static readonly TimeSpan ReferenceTime = TimeSpan.FromSeconds(60);

    /// <summary>Creates a grader that opens a new sandbox for each grading job.</summary>
    public CodeExecutionGrader()
        : this(null)
    {
    }

    public string Name => "code_execution";

    public bool IsCostly => true;

    public async Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken)
    {
        Dictionary<int, string> ks = Ks(job);
        Language language = LanguageOf(job.Task);
        if (job.Samples.Count == 0)
            return [];
        ProgramSandbox box = sandbox ?? await ProgramSandbox.OpenAsync("auto", [language], cancellationToken).ConfigureAwait(false);
        try
        {
            var grades = new Grade[job.Samples.Count];
            var options = new ParallelOptions
            {
                MaxDegreeOfParallelism = Environment.ProcessorCount,
                CancellationToken = cancellationToken,
            };
            await Parallel.ForAsync(0, grades.Length, options, async (i, token) =>
                grades[i] = await GradeOneAsync(box, language, job, job.Samples[i], ks, token).ConfigureAwait(false)).ConfigureAwait(false);
            return grades;
        }
        finally
        {
            if (sandbox is null)
                await box.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Returns the language of a task's programs: a language file beside the task file, a built-in language, or the default.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: there is no such language.</exception>
    public static Language LanguageOf(TaskDefinition task)
    {
        string name = task.Language ?? LanguageReader.Default;
        string beside = Path.Combine(Path.GetDirectoryName(task.Source) ?? "", name);
        return LanguageReader.Get(File.Exists(beside) ? beside : name, $"{task.Source}: task {task.Name}, language");
    }

    /// <summary>Returns for each k the name that pass@k is reported under: pass@k, or pass_at_1 if the metric has that name.</summary>
    private static Dictionary<int, string> Ks(GradingJob job)
    {
        string where = $"{job.Task.Source}: task {job.Task.Name}, metric";
        switch (job.Task.Metrics)
        {
            case [{ Name: "pass_at_1" }]:
                return new Dictionary<int, string> { [1] = "pass_at_1" };
            case [{ Name: "pass_at_k" } metric]:
                object? k = metric.Options.GetValueOrDefault("k");
                int[] ks = [.. (k as IReadOnlyList<object?> ?? [k]).Select(v => WholeNumber.From(v, low: 1) ??
                    throw new EvalException(
                        ExitCode.Task, $"{where} pass_at_k: k: found {Python.Str(v)}; expected {WholeNumber.Expected(low: 1)}"))];
                return ks.All(v => v <= job.Task.Repeats)
                    ? ks.ToDictionary(v => v, v => $"pass@{v}")
                    : throw new EvalException(
                        ExitCode.Task,
                        $"{where} pass_at_k: k of {ks.Max()} needs at least that many repeats; the task has {job.Task.Repeats}");
            default:
                string names = string.Join(", ", job.Task.Metrics.Select(m => m.Name));
                throw new EvalException(ExitCode.Task, $"{where}: the only metric of code_execution is pass_at_k; found {names}");
        }
    }

    private static async Task<Grade> GradeOneAsync(
        ProgramSandbox box,
        Language language,
        GradingJob job,
        Sample sample,
        Dictionary<int, string> ks,
        CancellationToken cancellationToken)
    {
        string tests = Python.Str(sample.Target);
        (TimeSpan time, string? problem) = await TimeAsync(box, language, job.Task, sample, tests, cancellationToken).ConfigureAwait(false);
        if (problem is not null)
            return Grade.Failed(problem);
        // Samples with the same text share one run.
        var results = new Dictionary<string, ProgramResult>();
        foreach (string answer in sample.Answers.Distinct())
        {
            ProgramResult result = await box.RunAsync(language, answer, tests, time, cancellationToken).ConfigureAwait(false);
            if (result.End == ProgramEnd.CouldNotStart)
                return Grade.Failed($"the sandbox could not start the program: {result.Detail}");
            if (result.End == ProgramEnd.UnusableTests)
                return Grade.Failed($"the tests of this document cannot run here: {result.Detail}");
            results[answer] = result;
        }

        int correct = sample.Answers.Count(a => results[a].End == ProgramEnd.Passed);
        return new Grade
        {
            Scores = ks.ToDictionary(k => k.Value, k => PassAtK(sample.Answers.Count, correct, k.Key)),
            Verdicts = [.. sample.Answers.Select(a => Written(results[a]))],
        };
    }

    /// <summary>
    /// Returns the processor time that a program may use, or the problem if the reference solution does not pass its own tests here. Then
    /// the tests say nothing about other programs either.
    /// </summary>
    private static async Task<(TimeSpan Time, string? Problem)> TimeAsync(
        ProgramSandbox box,
        Language language,
        TaskDefinition task,
        Sample sample,
        string tests,
        CancellationToken cancellationToken)
    {
        TimeSpan least = language.Limits.ProcessorTime;
        object? reference;
        try
        {
            reference = task.ReferenceSolution?.Resolve(sample.Document.Values);
        }
        catch (EvalException e)
        {
            return (least, e.Message);
        }

        if (reference is null)
            return (least, null);
        ProgramResult result = await box
            .RunAsync(language, Python.Str(reference), tests, ReferenceTime, cancellationToken)
            .ConfigureAwait(false);
        return result.End == ProgramEnd.Passed
            ? (TimeSpan.FromSeconds(Math.Max(least.TotalSeconds, Math.Ceiling(Slack * result.ProcessorTime.TotalSeconds))), null)
            : (least, $"the reference solution does not pass here: {Written(result)}");
    }

    private static string Written(ProgramResult result) =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName($"{result.End}")
        + (result.Detail.Length > 0 ? $": {result.Detail}" : "")
        + (result.Retried ? " (second try, alone: the machine was overloaded)" : "");

    /// <summary>
    /// Returns 1 - C(n-c, k) / C(n, k) for n samples of which c are correct. It is computed as a product, which neither overflows nor
    /// loses digits by cancellation.
    /// </summary>
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
