using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Scoring;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>How far a task of a folder gets here.</summary>
/// <param name="Name">Of the task or group.</param>
/// <param name="IsGroup">A group, not a task.</param>
/// <param name="Functions">Python functions that its file names.</param>
/// <param name="Problem">Why it cannot run; null if it can.</param>
/// <param name="Rendered">A prompt was made: of its data's first document, or of a made-up one.</param>
internal sealed record TaskFinding(string Name, bool IsGroup, IReadOnlyList<string> Functions, string? Problem, bool Rendered);

/// <summary>Checks every task of a catalog without a model, and without data where none is at hand.</summary>
internal static class TaskCheck
{
    private static readonly string[] NoFunctions = [];

    /// <param name="catalog">The tasks.</param>
    /// <param name="names">Tasks and groups to check.</param>
    public static IReadOnlyList<TaskFinding> Run(TaskCatalog catalog, IEnumerable<string> names)
    {
        var graders = new GraderRegistry();
        return [.. names.Select(name => catalog.IsGroup(name) ? CheckGroup(catalog, name) : CheckTask(catalog, graders, name))];
    }

    private static TaskFinding CheckGroup(TaskCatalog catalog, string name)
    {
        string? problem = null;
        try
        {
            if (catalog.Select([name]).Tasks.Count == 0)
                problem = "it has no tasks";
        }
        catch (EvalException e)
        {
            problem = e.Message;
        }

        return new TaskFinding(name, IsGroup: true, NoFunctions, problem, Rendered: false);
    }

    private static TaskFinding CheckTask(TaskCatalog catalog, GraderRegistry graders, string name)
    {
        IReadOnlyList<string> functions = [.. TaskFile.Functions(catalog.FileOf(name)!.Values).Select(f => f.Name).Distinct()];
        try
        {
            TaskDefinition task = catalog.Define(name);
            foreach (FilterPipelineDefinition filter in task.Filters)
                _ = new FilterPipeline(task, filter);
            // Without samples: metrics and options are looked at, nothing is graded or run.
            var job = new GradingJob { Task = task, Filter = "none", Samples = [] };
            graders.Get(task.Grader, task.Source).GradeAsync(job, CancellationToken.None).GetAwaiter().GetResult();
            // What a function reads of a document cannot be guessed.
            bool render = task.Functions.Count == 0;
            if (render)
                Render(task);
            return new TaskFinding(name, IsGroup: false, functions, null, render);
        }
        catch (EvalException e)
        {
            return new TaskFinding(name, IsGroup: false, functions, e.Message, Rendered: false);
        }
    }

    private static void Render(TaskDefinition task)
    {
        Document[] pool = [.. task.FewShot.Samples ?? [.. Enumerable.Range(1, 4).Select(i => SyntheticDocument.Make(task, i))]];
        // Drawing needs one more where the document may be among them.
        int shots = pool.Length > 1 ? 1 : 0;
        var run = new TaskRun(task, shots, Seed: 0) { FewShotPool = pool };
        new PromptBuilder(run).Prepare(new NumberedDocument(0, SyntheticDocument.Make(task, 0)));
    }
}
