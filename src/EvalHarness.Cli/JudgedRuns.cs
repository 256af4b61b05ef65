using EvalHarness.Analysis.Arena;
using EvalHarness.Cli.Commands;
using EvalHarness.Files;
using EvalHarness.Html;
using EvalHarness.Results;
using EvalHarness.Running;

namespace EvalHarness.Cli;

/// <summary>Ratings of the models of finished runs: from their folders and the judge to what is written and printed.</summary>
/// <param name="folders">The runs.</param>
/// <param name="options">The judge and how it is opened, and which tasks and documents are judged.</param>
/// <param name="error">For all but results.</param>
internal sealed class JudgedRuns(IReadOnlyList<string> folders, RunOptions options, TextWriter error)
{
    private ProgressLine? _progress;

    internal required PairRubric Rubric { get; init; }

    /// <summary>The folder that is continued, or a new one; null for a new one with a name of the time.</summary>
    internal string? Folder { get; init; }

    /// <summary>Null for a page in the folder.</summary>
    internal string? Page { get; init; }

    internal bool IsQuiet { get; init; }

    internal required IReadOnlyList<string> Arguments { get; init; }

    /// <param name="held">What of the answers' looks is held equal.</param>
    /// <param name="print">Prints the ratings, before battles without a verdict end the command.</param>
    /// <param name="cancellationToken">Stops between two answers of the judge, which are kept.</param>
    /// <returns>The exit code.</returns>
    internal async Task<int> RateAsync(ArenaControls held, Func<ArenaStandings, Task> print, CancellationToken cancellationToken)
    {
        var runs = ArenaRuns.Open(folders, Wanted(options), options.Limit);
        string name = Folder ?? Path.Combine("results", $"arena-{TimeProvider.System.GetUtcNow().ToString(OneRun.FolderTime, null)}");
        if (Page is { } written)
            OutputFile.RequireWritable(written);
        await ArenaJudging.CheckAsync(runs, Rubric, cancellationToken).ConfigureAwait(false);
        using var folder = ArenaFolder.Open(name);
        ArenaStandings standings;
        try
        {
            standings = await JudgeAsync(runs, folder, held, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _progress?.Clear();
            string[] more = Folder is null ? ["--output", name] : [];
            await error
                .WriteLineAsync($"stopped; continue with: {Invocation.Command} {Invocation.Words(Arguments.Concat(more))}")
                .ConfigureAwait(false);
            return (int)ExitCode.Interrupted;
        }

        await ArenaCommand.WriteAsync(standings, folder.ResultFile).ConfigureAwait(false);
        await ArenaPage.WriteAsync(standings, Page ?? folder.PageFile, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        await print(standings).ConfigureAwait(false);
        Note($"arena in {name}");
        PairJudgeCard card = standings.Judge!;
        return card.Errored == 0
            ? (int)ExitCode.Success
            : throw new EvalException(
                ExitCode.SamplesErrored,
                $"{card.Errored} of {card.Errored + standings.Battles} battles errored and are in no rating; the first is "
                + $"{card.FirstError}; see them in {Path.Combine(name, Path.GetFileName(folder.ErroredFile))}");
    }

    /// <summary>Null for all tasks.</summary>
    private static string[]? Wanted(RunOptions options)
    {
        const StringSplitOptions trimmed = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        return options.Tasks.Count == 0 ? null : [.. options.Tasks.SelectMany(t => t.Split(',', trimmed))];
    }

    private async Task<ArenaStandings> JudgeAsync(
        ArenaRuns runs, ArenaFolder folder, ArenaControls held, CancellationToken cancellationToken)
    {
        var arena = new JudgedArena(runs, Rubric, folder);
        var judge = new RunJudge();
        OpenedJudge opened = await OpenedJudge
            .OpenAsync(options, folder.Earlier?.Judge, account: null, engine => judge.Open(engine, account: null), Note, cancellationToken)
            .ConfigureAwait(false);
        await using (opened.ConfigureAwait(false))
        {
            using Journal journal = await folder
                .OpenJournalAsync(judge.Description!, arena.Deciding, cancellationToken)
                .ConfigureAwait(false);
            if (journal.FinishedCount > 0)
                Note($"{journal.FinishedCount} answers of the judge are already there");
            _progress = IsQuiet ? null : new ProgressLine(error, ProgressLine.Reader, TimeProvider.System);
            judge.Start(journal, _progress);
            try
            {
                return await arena.RateAsync(judge, judge.Description!.ModelName, held, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _progress?.Clear();
            }
        }
    }

    private void Note(string text)
    {
        if (!IsQuiet)
            error.WriteLine(Terminal.Visible(text));
    }
}
