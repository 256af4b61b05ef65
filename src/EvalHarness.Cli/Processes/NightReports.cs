using System.Text;
using EvalHarness.Analysis.History;
using EvalHarness.Cli.Commands;
using EvalHarness.Files;
using EvalHarness.Html;
using EvalHarness.Nightly;
using EvalHarness.Nightly.Gating;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>The files that say what a night did.</summary>
/// <param name="plan">Says where to report.</param>
/// <param name="root">The folder of all nights.</param>
/// <param name="folder">The night's folder.</param>
/// <param name="say">Gets what is left out, and why.</param>
internal sealed class NightReports(NightlyPlan plan, string root, string folder, Action<string> say)
{
    /// <param name="night">The night, judged.</param>
    /// <param name="summary">What it did, as text.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task WriteAsync(Night night, NightSummary summary, CancellationToken cancellationToken)
    {
        string markdown = summary.RenderMarkdown();
        byte[] page = Encoding.UTF8.GetBytes(markdown);
        foreach (string? file in (string?[])[Path.Combine(folder, "summary.md"), plan.Report.Markdown])
        {
            if (file is null)
                continue;
            await OutputFile.WriteAsync(
                Path.GetFullPath(file),
                async stream => await stream.WriteAsync(page, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }

        foreach (string? file in (string?[])[Path.Combine(folder, "junit.xml"), plan.Report.Junit])
        {
            if (file is not null)
                await JUnitFile.WriteAsync(file, NightSummary.Cases(night), night.Started).ConfigureAwait(false);
        }

        await GateCommand.AddToStepSummaryAsync(markdown).ConfigureAwait(false);
        if (plan.Report.Html)
            await WritePagesAsync(night, cancellationToken).ConfigureAwait(false);
        if (plan.Report.History is not { } history)
            return;
        IReadOnlyList<HistoryEntry> entries = await HistoryIndex.UpdateAsync(root, say, cancellationToken).ConfigureAwait(false);
        await HistoryPage.WriteAsync(HistorySeries.Of(entries), history, TimeProvider.System, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A page per run, beside its baseline where the two can be compared.</summary>
    private async Task WritePagesAsync(Night night, CancellationToken cancellationToken)
    {
        foreach (GateCell cell in Cells(night))
        {
            string page = Path.Combine(cell.Candidate.FullPath, "report.html");
            RunFolder[] runs = [.. cell.Baselines.Take(1), cell.Candidate];
            try
            {
                await HtmlReport.WriteAsync(runs, page, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
            catch (EvalException e) when (runs.Length > 1 && e.ExitCode is ExitCode.Incomparable or ExitCode.Output)
            {
                say($"{cell.Name}: its page is without the baseline: {e.Message}");
                await HtmlReport.WriteAsync([cell.Candidate], page, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The night's runs with their baselines, or without where one of an old night is damaged.</summary>
    private IReadOnlyList<GateCell> Cells(Night night)
    {
        var runs = new NightBaselines(root, folder, night);
        try
        {
            return runs.Cells(plan.Gate?.Baseline);
        }
        catch (EvalException e)
        {
            say($"pages are without baselines: {e.Message}");
            return runs.Cells(baseline: null);
        }
    }
}
