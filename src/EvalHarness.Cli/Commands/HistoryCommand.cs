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
        Option<string> model = Filter("--model", "Glob over the names of models", "GLOB");
        Option<string> task = Filter("--task", "Glob over groups and tasks that stand alone", "GLOB");
        Option<string> device = Filter("--device", "cpu, cuda or directml (default: all)", "DEVICE");
        Option<string> metric = Filter("--metric", "Glob over the names of metrics", "GLOB");
        var since = new Option<DateTimeOffset?>("--since")
        {
            Description = "Only runs from this day on, for example 2026-05-12",
            HelpName = "DATE",
        };
        var html = new Option<string?>("--html") { Description = "Write a page with charts instead", HelpName = "FILE" };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command(
            "history",
            $"""
            Finds every finished run again: scores with intervals over time, what changed between runs, and steps, named by what came
            with them.

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
