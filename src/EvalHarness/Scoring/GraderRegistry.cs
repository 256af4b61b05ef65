using EvalHarness.Sandbox;
using EvalHarness.Scoring.Judging;

namespace EvalHarness.Scoring;

/// <summary>Finds graders by name. It holds the built-in graders and those of plugin assemblies.</summary>
internal sealed class GraderRegistry
{
    private readonly Dictionary<string, IGrader> _graders = [];

    /// <param name="sandbox">The sandbox in which code_execution runs programs; null to let it open one when it needs one.</param>
    /// <param name="judge">The model that model_graded asks; null where none is named, so that it refuses every task.</param>
    public GraderRegistry(ProgramSandbox? sandbox = null, IJudge? judge = null)
    {
        IGrader[] builtIn =
        [
            new MultipleChoiceGrader(), new LogLikelihoodGrader(), new GenerationGrader(),
            new CodeExecutionGrader(sandbox), new CommandGrader(), new ProcessResultsGrader(),
            new ModelGradedGrader(judge),
        ];
        foreach (IGrader grader in builtIn)
            _graders[grader.Name] = grader;
    }

    public IEnumerable<string> Names => _graders.Keys;

    /// <param name="name">The name of the grader, as the key <c>grader</c> of a task gives it.</param>
    /// <param name="where">The task file and key that an error message begins with.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: there is no such grader.</exception>
    public IGrader Get(string name, string where) => _graders.TryGetValue(name, out IGrader? grader)
        ? grader
        : throw new EvalException(
            ExitCode.Task,
            $"{where}: there is no grader '{name}'; known are {string.Join(", ", Names)} (--plugin my.dll adds graders of your own)");

    /// <summary>Adds every public <see cref="IGrader"/> of an assembly.</summary>
    /// <returns>Whether there are any.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Environment"/>: the assembly does not load.</exception>
    public bool AddPlugin(PluginAssembly plugin)
    {
        IReadOnlyList<IGrader> graders = plugin.Create<IGrader>();
        foreach (IGrader grader in graders)
            _graders[grader.Name] = new PluginGrader(grader);
        return graders.Count > 0;
    }

    /// <summary>Passes samples to a plugin one at a time, so that an exception makes only that sample errored.</summary>
    private sealed class PluginGrader(IGrader inner) : IGrader
    {
        public string Name => inner.Name;

        public bool IsCostly => inner.IsCostly;

        public async Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken)
        {
            var grades = new List<Grade>(job.Samples.Count);
            foreach (Sample sample in job.Samples)
            {
                cancellationToken.ThrowIfCancellationRequested();
                grades.Add(await GradeOneAsync(job with { Samples = [sample] }, cancellationToken).ConfigureAwait(false));
            }

            return grades;
        }

        private async Task<Grade> GradeOneAsync(GradingJob one, CancellationToken cancellationToken)
        {
            try
            {
                IReadOnlyList<Grade> grades = await inner.GradeAsync(one, cancellationToken).ConfigureAwait(false);
                if (grades.Count != 1)
                    return Grade.Failed($"grader {Name} gave {grades.Count} grades for 1 sample");
                if (grades[0].Error is not null)
                    return grades[0];
                string? missing = one.Task.Metrics
                    .Select(m => m.Name)
                    .FirstOrDefault(m => !grades[0].Scores.ContainsKey(m) && !grades[0].Items.ContainsKey(m));
                return missing is null ? grades[0] : Grade.Failed($"grader {Name} gave no score for metric {missing}");
            }
#pragma warning disable CA1031 // A plugin may throw any exception, and it must not end a run that has taken hours.
            catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
            {
                return Grade.Failed($"grader {Name}: {e.GetType().Name}: {EvalException.OneLine(e.Message)}");
            }
        }
    }
}
