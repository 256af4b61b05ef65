using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>The finished run that <c>--decide</c> compares with, and what earlier runs answered otherwise than it did.</summary>
internal sealed class DecisionBase
{
    private readonly FinishedRun _run;
    private readonly Dictionary<string, DecisionBaseTask> _read = [];

    private DecisionBase(FinishedRun run) => _run = run;

    /// <summary>The folder as the user wrote it.</summary>
    internal string Name => _run.Name;

    /// <param name="options">Name the runs.</param>
    /// <param name="tasks">Tasks of this run with their documents.</param>
    /// <param name="cancellationToken">Stops between tasks.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: the run was stopped by --decide itself, or lacks a task or a document;
    /// <see cref="ExitCode.Output"/>: a run is unfinished or damaged.
    /// </exception>
    internal static async Task<DecisionBase> ReadAsync(
        RunOptions options, IReadOnlyList<TaskRun> tasks, CancellationToken cancellationToken)
    {
        var read = new DecisionBase(FinishedRun.Read(RunFolder.Open(options.Against!)));
        if (read._run.Report.Harness.Decisions is not null)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"--against {options.Against}: was itself stopped by --decide, so that it has not all documents; name a whole run");
        }

        FinishedRun[] earlier = [.. options.FlipsFrom.Select(f => FinishedRun.Read(RunFolder.Open(f)))];
        foreach (TaskRun task in tasks)
        {
            string name = task.Definition.Name;
            DecisionBaseTask own = await DecisionBaseTask
                .ReadAsync([read._run, .. earlier], name, cancellationToken)
                .ConfigureAwait(false);
            if (task.DocumentIds.Select(id => (int?)id).FirstOrDefault(id => !own.Has(id!.Value)) is { } missing)
            {
                throw new EvalException(
                    ExitCode.Usage,
                    $"--against {options.Against}: has no document {missing} of task {name}; expected a run over the same documents");
            }

            read._read[name] = own;
        }

        return read;
    }

    /// <summary>Whether an earlier run scored the document otherwise than this one did.</summary>
    internal bool IsLikelyFlip(string task, long document) => _read[task].IsLikelyFlip(document);

    /// <summary>The document's score; null where it errored.</summary>
    internal double? Score(string task, long document, string metric) => _read[task].Score(document, metric);

    /// <exception cref="EvalException"><see cref="ExitCode.Incomparable"/>: the document is asked otherwise here.</exception>
    internal void RequireSamePrompt(string task, SampleRow asked)
    {
        if (!_read[task].AsksTheSameAs(asked))
        {
            throw new EvalException(
                ExitCode.Incomparable,
                $"{task}, document {asked.DocumentId}: this run asks otherwise than {Name}, so the scores would say nothing about the "
                + "models; run both with the same task, shots and template");
        }
    }
}
