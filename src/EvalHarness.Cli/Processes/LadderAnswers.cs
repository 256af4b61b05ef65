using System.Text.Json;
using EvalHarness.Analysis.Published;
using EvalHarness.Analysis.Published.Ladder;
using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Cli.Processes;

/// <summary>Asks documents of a measured run again in other settings, each time in a run of its own.</summary>
/// <param name="measured">The measured run.</param>
/// <param name="catalogs">Has the tasks.</param>
/// <param name="folder">The folder for the runs.</param>
/// <param name="more">Arguments of <c>evalharness run</c> that are no options of the run.</param>
/// <param name="error">Gets a line for each run that computes something.</param>
internal sealed class LadderAnswers(
    FinishedRun measured, LadderTasks catalogs, string folder, IReadOnlyList<string> more, TextWriter error)
{
    private readonly NumericScores _numbers = new();

    /// <summary>The measured run with its documents, beside which others are asked.</summary>
    /// <param name="tasks">Its tasks.</param>
    /// <param name="setting">Its setting.</param>
    /// <param name="seed">Draws the order of the documents.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: its samples are missing or damaged.</exception>
    internal async Task<LadderRuns> OpenAsync(
        IReadOnlyList<string> tasks, LadderSetting setting, long seed, CancellationToken cancellationToken)
    {
        var rows = new OrderedDictionary<LadderDocument, LadderRow>();
        foreach (string task in tasks)
        {
            await foreach (SampleRow sample in
                measured.Folder.StreamSamplesAsync(task, LadderRow.Columns, cancellationToken).ConfigureAwait(false))
                rows[new LadderDocument(task, sample.DocumentId)] = LadderRow.Of(sample, _numbers);
        }

        var documents = new LadderDocuments([.. rows.Keys], seed);
        return new LadderRuns(LadderSeries.Of(documents, setting, rows), documents, AskAsync);
    }

    private async Task<LadderAnswer> AskAsync(LadderQuestion question, CancellationToken cancellationToken)
    {
        LadderSetting setting = question.Setting;
        Dictionary<string, string> own = question.Documents.Select(d => d.Task).Distinct().ToDictionary(setting.TaskFor);
        if (TasksOf(setting, [.. own.Keys]) is not { } tasks)
            return Failed("its tasks cannot be run one by one, because their group changes them");
        Dictionary<string, long[]> samples = question.Documents
            .GroupBy(d => setting.TaskFor(d.Task), d => d.Number)
            .ToDictionary(g => g.Key, g => g.ToArray());
        string chosen = SampleIndices.Read(JsonSerializer.Serialize(samples)).ToJson();
        RunOptions options = setting.Options with { Tasks = tasks, Samples = chosen };
        string name = question.Name.Replace(' ', '-');
        string path = Path.Combine(folder, $"{name}-{setting.Options.Hash()}", $"{question.Look}");
        using var said = new StringWriter();
        RunFolder run;
        try
        {
            if (await new RunFolder(path).ReadIfCompleteAsync(cancellationToken).ConfigureAwait(false) is null)
            {
                string announcement = $"why it differs: {question.Name}, {question.Documents.Count} rows";
                await error.WriteLineAsync(announcement).ConfigureAwait(false);
            }

            (int code, run) = await ChildRun.MeasureAsync(path, options, more, "", said, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            // A signal that the child alone got.
            if (code == (int)ExitCode.Interrupted)
                throw new EvalException(ExitCode.Interrupted, $"{run.Name} was stopped; start the same command again to go on");
            if (code is not ((int)ExitCode.Success or (int)ExitCode.SamplesErrored))
                return Failed($"its run ended with exit code {code}: {ChildRun.LastLine(said)}");
        }
        catch (EvalException e) when (e.ExitCode is ExitCode.Model or ExitCode.Usage)
        {
            return Failed(e.Message);
        }

        var rows = new Dictionary<LadderDocument, LadderRow>();
        foreach ((string task, string ofMeasured) in own)
        {
            if (task != ofMeasured && await OtherAsync(run, task, ofMeasured, cancellationToken).ConfigureAwait(false) is { } document)
                return Failed($"document {document} of {task} is another one than that of {ofMeasured}");
            await foreach (SampleRow sample in
                run.StreamSamplesAsync(task, LadderRow.Columns, cancellationToken).ConfigureAwait(false))
                rows[new LadderDocument(ofMeasured, sample.DocumentId)] = LadderRow.Of(sample, _numbers);
        }

        return new LadderAnswer(rows);
    }

    /// <summary>
    /// The tasks to select where only some of a group are asked; null where a task that is selected by its name is not what the group makes
    /// of it.
    /// </summary>
    private IReadOnlyList<string>? TasksOf(LadderSetting setting, IReadOnlyList<string> names)
    {
        TaskCatalog catalog = catalogs.Of(setting.Options);
        IReadOnlyList<TaskDefinition> whole = catalog.Select(setting.Options.Tasks).Tasks;
        if (whole.Count == 1)
            return setting.Options.Tasks;
        if (names.Any(name => catalog.FileOf(name) is null))
            return null;
        Dictionary<string, string> alone = catalog.Select(names).Tasks.ToDictionary(t => t.Name, t => t.Sha256);
        return whole.All(t => !alone.TryGetValue(t.Name, out string? sha256) || sha256 == t.Sha256) ? names : null;
    }

    /// <summary>
    /// The first document that is another one in the measured run: columns that both have must have the same values. Null where all are the
    /// same.
    /// </summary>
    private async Task<long?> OtherAsync(RunFolder run, string task, string ofMeasured, CancellationToken cancellationToken)
    {
        string[] columns = ["doc_id", "document"];
        var asked = new Dictionary<long, IReadOnlyDictionary<string, object?>>();
        await foreach (SampleRow sample in run.StreamSamplesAsync(task, columns, cancellationToken).ConfigureAwait(false))
            asked[sample.DocumentId] = Read(sample);
        await foreach (SampleRow sample in measured.Folder.StreamSamplesAsync(ofMeasured, columns, cancellationToken).ConfigureAwait(false))
        {
            if (!asked.TryGetValue(sample.DocumentId, out IReadOnlyDictionary<string, object?>? other))
                continue;
            IReadOnlyDictionary<string, object?> own = Read(sample);
            string[] both = [.. own.Keys.Intersect(other.Keys)];
            if (both.Length == 0 || both.Any(c => !Document.ValuesEqual(own[c], other[c])))
                return sample.DocumentId;
        }

        return null;

        static IReadOnlyDictionary<string, object?> Read(SampleRow sample) =>
            JsonSerializer.Deserialize<FreeValue>(sample.Document, ResultsJson.Line).Value as IReadOnlyDictionary<string, object?>
            ?? new Dictionary<string, object?>();
    }

    private static LadderAnswer Failed(string reason) => new(new Dictionary<LadderDocument, LadderRow>(), reason);
}
