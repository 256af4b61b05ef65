using EvalHarness.Engines;
using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Code;

namespace EvalHarness.Merging;

/// <summary>
/// Joins the parts of a run to the run that one process would have made: answers and samples are those of the parts, and the scores of all
/// samples give the metrics. Nothing is asked or graded again, and no model and no dataset is read.
/// </summary>
public sealed class RunMerge : IDisposable
{
    private readonly RunParts _parts;
    private readonly IReadOnlyList<TaskRun> _tasks;
    private readonly IReadOnlyList<SelectedGroup> _groups;

    private readonly BoxedCode? _code;

    private RunMerge(RunParts parts, IReadOnlyList<TaskRun> tasks, IReadOnlyList<SelectedGroup> groups, BoxedCode? code) =>
        (_parts, _tasks, _groups, _code) = (parts, tasks, groups, code);

    /// <summary>The number of parts.</summary>
    public int Count => _parts.Count;

    /// <summary>What was asked of the run.</summary>
    public RunOptions Options => _parts.Whole.Options;

    /// <summary>How files for other programs name the model that answered.</summary>
    internal ModelReference Model => ModelReference.Of(_parts.Whole);

    /// <summary>Looks at all parts, and writes nothing.</summary>
    /// <param name="paths">Folders of parts, or folders that hold parts.</param>
    /// <param name="permission">
    /// Says whether Python of task files may run that aggregates scores, and in which sandbox; its other options have no effect. What the
    /// parts were allowed is no permission.
    /// </param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.MergeRefused"/>: a part is missing, there twice, not finished, changed, or of another run.
    /// <see cref="ExitCode.Task"/>: a task needs Python that may not run.
    /// </exception>
    public static async Task<RunMerge> OpenAsync(
        IReadOnlyList<string> paths, RunOptions permission, CancellationToken cancellationToken)
    {
        var parts = RunParts.Read(paths);
        if (parts.Lacking.Count > 0)
        {
            string more = parts.Lacking.Count == 1 ? "" : $" (and {parts.Lacking.Count - 1} more are not finished)";
            throw RunParts.Refused(parts.Lacking[0] + more);
        }

        foreach (FoundPart part in parts.Parts)
        {
            if (!await part.Folder.HasFilesAsync(part.Sessions[^1], cancellationToken).ConfigureAwait(false))
            {
                throw RunParts.Refused(
                    $"{part.Folder.Name}: its samples are not those that part {part.Number} wrote; write them again from its answers with: "
                    + $"{Invocation.Command} run --resume {part.Folder.Name}");
            }
        }

        BoxedCode? code = TaskPython.Open(parts.Whole.Options with
        {
            AllowTaskCode = permission.AllowTaskCode,
            Sandbox = permission.Sandbox,
            ConfirmRunUnsafeCode = permission.ConfirmRunUnsafeCode,
        });
        try
        {
            (IReadOnlyList<TaskRun> tasks, IReadOnlyList<SelectedGroup> groups) = MergedTasks.Of(parts.Whole, code, cancellationToken);
            if (code is null && tasks.FirstOrDefault(t => MergedTasks.NeedsPython(t.Definition)) is { Definition: var task })
            {
                throw new EvalException(
                    ExitCode.Task,
                    $"{task.Source}: task {task.Name} aggregates its scores with Python of its own; allow it with --allow-task-code, also "
                    + "for the merge (it runs in a sandbox, without network)");
            }

            return new RunMerge(parts, tasks, groups, code);
        }
        catch
        {
            code?.Dispose();
            throw;
        }
    }

    /// <summary>The results of a folder in which these parts were joined before; null where they were not.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: a file of the run in the folder is damaged.</exception>
    public async Task<RunReport?> FindAsync(RunFolder folder, CancellationToken cancellationToken)
    {
        if (!File.Exists(folder.ManifestFile) || !File.Exists(folder.ResultsFile))
            return null;
        Manifest there = folder.ReadManifest();
        bool isSame = there.Part is null && JournalChecksum.HashOf(there).AsSpan().SequenceEqual(JournalChecksum.HashOf(_parts.Whole));
        if (!isSame || there.Sessions is not [{ Part: not null }, .., { End: RunSession.Finished } last])
            return null;
        IReadOnlyList<ModelFile> files = await folder
            .HashResultsAsync(there.Tasks.Select(t => t.Name), cancellationToken)
            .ConfigureAwait(false);
        return last.Files.SequenceEqual(files) ? folder.ReadResults() : null;
    }

    /// <summary>Writes the whole run.</summary>
    /// <param name="folder">A new folder.</param>
    /// <param name="others">Sinks that get the same beside the folder.</param>
    /// <param name="command">The program's arguments.</param>
    /// <param name="time">Says when the merge began and ended.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.MergeRefused"/>: an answer or a document is missing or there twice, or an answer was changed.
    /// <see cref="ExitCode.Output"/>: a file cannot be written.
    /// </exception>
    public async Task<RunResults> WriteAsync(
        RunFolder folder,
        IReadOnlyList<IResultSink> others,
        IReadOnlyList<string> command,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        DateTimeOffset started = time.GetUtcNow();
        RunSession[] sessions =
        [
            .. _parts.Parts
                .SelectMany(part => part.Sessions.Select(s => s with
                {
                    Part = part.Number,
                    Files = [],
                    Outcome = null,
                }))
                .OrderBy(s => s.Started),
        ];
        Manifest manifest = _parts.Whole with { Sessions = sessions };
        using Journal journal = await JoinAnswersAsync(folder, f => f.JournalFile, manifest, time, cancellationToken).ConfigureAwait(false);
        using Journal? judge = manifest.Judge is null
            ? null
            : await JoinAnswersAsync(folder, f => f.JudgeFile, manifest, time, cancellationToken).ConfigureAwait(false);
        var tasks = new List<TaskResult>();
        foreach (TaskRun task in _tasks)
            tasks.Add(await JoinAsync(task, journal, [.. others, folder], cancellationToken).ConfigureAwait(false));
        var account = Account.Of(manifest.Options, manifest.Model.ModelName, sessions);
        account?.CountEarlier(journal.FinishedTokens);
        if (judge is not null)
            account?.Beside(manifest.Options, manifest.Judge!.ModelName).CountEarlier(judge.FinishedTokens);
        RunWork work = RunWork.Of(sessions);
        work = work with { Seconds = work.Seconds with { Parts = Count } };
        RunResults results = RunResults.Of(manifest, tasks, _groups, [], work, account?.After(0)) with
        {
            JudgeTokens = judge?.FinishedTokens,
        };
        foreach (IResultSink sink in (IResultSink[])[.. others, folder])
            await sink.WriteResultsAsync(results, cancellationToken).ConfigureAwait(false);
        var merge = new RunSession
        {
            Command = command,
            Started = started,
            Ended = time.GetUtcNow(),
            End = RunSession.Finished,
            Files = await folder.HashResultsAsync(_tasks.Select(t => t.Definition.Name), cancellationToken).ConfigureAwait(false),
        };
        await folder.WriteManifestAsync(manifest with { Sessions = [.. sessions, merge] }).ConfigureAwait(false);
        return results;
    }

    /// <param name="folder">Of the whole run.</param>
    /// <param name="file">The journal of a folder: that of the model, or of the judge.</param>
    /// <param name="manifest">Of the whole run.</param>
    /// <param name="time">Tells when to write to the disk.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task<Journal> JoinAnswersAsync(
        RunFolder folder, Func<RunFolder, string> file, Manifest manifest, TimeProvider time, CancellationToken cancellationToken)
    {
        var journal = await Journal
            .OpenAsync(file(folder), JournalChecksum.Of(manifest), time, cancellationToken)
            .ConfigureAwait(false);
        try
        {
            foreach (FoundPart part in _parts.Parts)
                await AddAsync(journal, part, file(part.Folder), cancellationToken).ConfigureAwait(false);
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    private static async Task AddAsync(Journal journal, FoundPart part, string file, CancellationToken cancellationToken)
    {
        // A part without documents has asked nothing.
        if (!File.Exists(file) && part.Outcome.Documents == 0)
            return;
        try
        {
            await journal.AddAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch (EvalException e) when (e.Message.StartsWith(file, StringComparison.Ordinal))
        {
            throw new EvalException(ExitCode.MergeRefused, e.Message, e);
        }
    }

    private async Task<TaskResult> JoinAsync(
        TaskRun task, Journal journal, IReadOnlyList<IResultSink> sinks, CancellationToken cancellationToken)
    {
        string name = task.Definition.Name;
        var samples = new MergedSamples(task, [.. _parts.Parts.Where(p => File.Exists(p.Folder.SamplesFile(name)))]);
        await samples.OpenAsync(isWhole: true, cancellationToken).ConfigureAwait(false);
        var evaluation = new TaskEvaluation(task, isScored: !Options.PredictOnly);
        var writers = new List<ISampleWriter>();
        try
        {
            foreach (IResultSink sink in sinks)
                writers.Add(await sink.OpenSamplesAsync(task.Definition, cancellationToken).ConfigureAwait(false));
            var block = new List<SampleRow>();
            long characters = 0;
            await foreach (SampleRow row in samples.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                Response[] responses = journal.Responses(name, row.DocumentId, row.PromptTokens.Count);
                if (row.Error is null && Array.Find(responses, r => r.Error is not null) is { } lost)
                {
                    throw RunParts.Refused(
                        $"{samples.PartOf(row.DocumentId).Folder.JournalFile}: has no answer to {lost.Key}, although its samples have one; "
                        + "compute this part again");
                }

                evaluation.Add(row, responses);
                block.Add(row);
                characters += row.Document.Length + row.AllContexts.Sum(c => (long)c.Length) + row.Completions.Sum(c => (long)c.Length);
                // Row groups are as large as those that a run in one piece writes.
                if (block.Count < TaskGrading.MostDocuments && characters < TaskGrading.MostCharacters)
                    continue;
                await WriteAsync(writers, block, cancellationToken).ConfigureAwait(false);
                characters = 0;
            }

            await WriteAsync(writers, block, cancellationToken).ConfigureAwait(false);
            foreach (ISampleWriter writer in writers)
                await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (ISampleWriter writer in writers)
                await writer.DisposeAsync().ConfigureAwait(false);
        }

        return evaluation.Finish(Options.BootstrapIterations);
    }

    public void Dispose() => _code?.Dispose();

    private static async Task WriteAsync(List<ISampleWriter> writers, List<SampleRow> block, CancellationToken cancellationToken)
    {
        foreach (ISampleWriter writer in writers.Where(_ => block.Count > 0))
            await writer.WriteAsync([.. block], cancellationToken).ConfigureAwait(false);
        block.Clear();
    }
}
