using System.Globalization;
using System.Text.Json;
using EvalHarness.Analysis.Published;
using EvalHarness.Analysis.Published.Ladder;
using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>
/// Looks for the setting that explains why measured scores differ from published ones. Each look at a changed setting is a run in a process
/// of its own, over documents of the measured run; the same ladder started again takes up the runs that it made.
/// </summary>
/// <param name="registry">Has the published scores.</param>
/// <param name="common">The options that no protocol decides.</param>
/// <param name="more">Arguments of <c>evalharness run</c> that are no options of the run.</param>
/// <param name="folder">The folder for the runs.</param>
/// <param name="error">Gets a line for each run that computes something.</param>
internal sealed class LadderRun(
    PublishedScores registry, RunOptions common, IReadOnlyList<string> more, string folder, TextWriter error)
{
    /// <summary>Draws the order of the documents.</summary>
    private const long Seed = 1234;

    private readonly LadderTasks _tasks = new();
    private readonly Dictionary<string, LadderRuns> _runs = [];
    private readonly Dictionary<string, OrderedDictionary<PublishedScore, LadderReport>> _reports = [];

    /// <summary>The same scores; those that differ say why, as far as settings explain it.</summary>
    internal async Task<IReadOnlyList<Reproduction>> ExplainAsync(
        IReadOnlyList<Reproduction> reproductions, CancellationToken cancellationToken)
    {
        var explained = new List<Reproduction>();
        foreach (Reproduction one in reproductions)
        {
            explained.Add(one.Verdict == ReproductionVerdict.Differs
                ? one with { Ladder = await ExplainAsync(one, cancellationToken).ConfigureAwait(false) }
                : one);
        }

        return explained;
    }

    private async Task<LadderReport> ExplainAsync(Reproduction one, CancellationToken cancellationToken)
    {
        PublishedProtocol protocol = registry.ProtocolOf(one.Published)!;
        var run = FinishedRun.Read(RunFolder.Open(one.Run!));
        var score = MeasuredScore.Of(run.Report, protocol, one.Published.Setting.Average, out _);
        var setting = new LadderSetting
        {
            // The day stays that of the measured run.
            Options = protocol.Of(common) with { Limit = null, Samples = null, TemplateDate = run.Manifest.TemplateDay },
            Key = protocol.Score,
            TasksCountTheSame = score!.Average == ScoreAverage.Macro,
        };
        string path = Path.Combine(folder, Path.GetFileName(run.Folder.FullPath));
        var report = new LadderReport
        {
            Score = registry.NameOf(one.Published),
            Gap = -one.Difference!.Value,
            GapLow = -one.DifferenceHigh!.Value,
            GapHigh = -one.DifferenceLow!.Value,
            FullRun = one.Rows!.Value,
            Folder = path,
        };
        try
        {
            LadderRuns runs = await OpenAsync(run, protocol, setting, path, cancellationToken).ConfigureAwait(false);
            report = report with { FullRun = runs.Documents.Count };
            // From the first run on, the file tells these runs from others.
            await KeepAsync(path, one.Published, report).ConfigureAwait(false);
            string[] forms = [.. registry.ProtocolsOf(one.Published.Benchmark).Select(p => p.Tasks).Distinct()];
            var rungs = new LadderRungs(one.Published, run.Manifest.Model, _tasks, forms, DayOf(run.Manifest));
            IReadOnlyList<LadderRound> rounds = await new LadderSearch(runs, rungs.After)
                .FindAsync(setting, report.Gap / 100, one.Margin!.Value / 100, cancellationToken)
                .ConfigureAwait(false);
            report = report.With(rounds, runs);
            await KeepAsync(path, one.Published, report).ConfigureAwait(false);
            return report;
        }
        catch (EvalException e) when (e.ExitCode != ExitCode.Interrupted)
        {
            // The verdicts stand without it, and other scores have ladders of their own.
            return report with { Sentence = $"the search ended without an answer: {e.Message}" };
        }
    }

    /// <summary>The day on which the measured run began; null where a server applies the template.</summary>
    private static string? DayOf(Manifest manifest) => manifest.Model.Files.Count == 0 ? null
        : manifest.Sessions[0].Started.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private async Task<LadderRuns> OpenAsync(
        FinishedRun run, PublishedProtocol protocol, LadderSetting setting, string path, CancellationToken cancellationToken)
    {
        if (!_runs.TryGetValue(run.Name, out LadderRuns? runs))
        {
            var answers = new LadderAnswers(run, _tasks, path, more, error);
            _runs[run.Name] = runs = await answers
                .OpenAsync(run.Report.Leaves(protocol.Tasks), setting, Seed, cancellationToken)
                .ConfigureAwait(false);
        }

        return runs;
    }

    /// <summary>Writes what is known of the ladders of a measured run.</summary>
    private Task KeepAsync(string path, PublishedScore score, LadderReport report)
    {
        if (!_reports.TryGetValue(path, out OrderedDictionary<PublishedScore, LadderReport>? reports))
            _reports[path] = reports = [];
        reports[score] = report;
        return OutputFile.WriteAsync(
            Path.Combine(Path.GetFullPath(path), RunFolder.LadderFile),
            stream => JsonSerializer.SerializeAsync(stream, reports.Values, ResultsJson.Indented));
    }
}
