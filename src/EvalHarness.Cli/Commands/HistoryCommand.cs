using System.CommandLine;
using System.IO.Enumeration;
using System.Text.Json;
using EvalHarness.Analysis.History;
using EvalHarness.Files;
using EvalHarness.Html;
using EvalHarness.Reports;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness history</c>.</summary>
internal static class HistoryCommand
{
    internal static Command Create(TextWriter output, TextWriter error)
    {
        static Option<string> Filter(string name, string description, string help) =>
            new(name) { Description = description, HelpName = help, DefaultValueFactory = _ => "*" };
        var root = new Argument<string>("folder")
        {
            Description = "Folder that holds run folders, at any depth",
            HelpName = "DIR",
            DefaultValueFactory = _ => "results",
        };
        Option<string> model = Filter("--model", "Only models whose name matches this glob", "GLOB");
        Option<string> task = Filter("--task", "Only groups, and tasks outside of groups, whose name matches this glob", "GLOB");
        Option<string> device = Filter("--device", "Only runs on this device: cpu, cuda or directml", "DEVICE");
        Option<string> metric = Filter("--metric", "Only metrics whose name matches this glob", "GLOB");
        var since = new Option<DateTimeOffset?>("--since")
        {
            Description = "Only runs since this day, for example 2026-05-12",
            HelpName = "DATE",
        };
        var html = new Option<string?>("--html") { Description = "Write an HTML page with charts instead of a table", HelpName = "FILE" };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "history",
            $"""
            Finds all finished runs in a folder and shows their scores over time, with confidence intervals, what changed from run to run,
            and where a score rose or fell by more than chance explains.

            Examples:
              {Invocation.Command} history
              {Invocation.Command} history --model 'phi-4-*' --task mmlu --since 2026-05-01
              {Invocation.Command} history results/nightly --html history.html
            """) { root, model, task, device, metric, since, html, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            IReadOnlyList<HistoryEntry> entries = await HistoryIndex
                .UpdateAsync(parsed.GetValue(root)!, text => error.WriteLine(Terminal.Visible(text)), cancellationToken)
                .ConfigureAwait(false);
            bool Fits(Option<string> glob, string name) => FileSystemName.MatchesSimpleExpression(parsed.GetValue(glob)!, name);
            IReadOnlyList<HistorySeries> series = HistorySeries.Of(entries
                .Where(e => Fits(model, e.Model) && Fits(device, e.Device) && (parsed.GetValue(since) is not { } day || e.Started >= day))
                .Select(e => e with { Scores = [.. e.Scores.Where(s => Fits(task, s.Task) && Fits(metric, s.Metric))] }));
            if (parsed.GetValue(html) is { } page)
            {
                await HistoryPage.WriteAsync(series, page, TimeProvider.System, cancellationToken).ConfigureAwait(false);
                await output.WriteLineAsync(page).ConfigureAwait(false);
            }
            else
            {
                await output.WriteAsync(parsed.GetValue(json)
                    ? JsonSerializer.Serialize(HistoryData.Of(series), ResultsJson.IndentedWithNulls) + "\n"
                    : HistoryTable.Render(series)).ConfigureAwait(false);
            }

            return (int)ExitCode.Success;
        });
        return command;
    }
}
