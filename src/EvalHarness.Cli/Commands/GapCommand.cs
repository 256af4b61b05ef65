using System.CommandLine;
using System.Text.Json;
using EvalHarness.Analysis.Published;
using EvalHarness.Data.Hub;
using EvalHarness.Files;
using EvalHarness.Html;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness gap</c>.</summary>
internal static class GapCommand
{
    internal static Command Create(TextWriter output)
    {
        var runs = new Argument<string[]>("runs")
        {
            Description = "Folders of finished runs",
            HelpName = "RUN",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> prices = CommonOptions.Prices();
        Option<string?> registry = CommonOptions.PublishedScores();
        var html = new Option<string?>("--html") { Description = "Write an HTML page with charts instead of a table", HelpName = "FILE" };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "gap",
            $"""
            Compares measured open models with the published scores of closed models: how far behind they are, how many parameters and
            gigabytes they have, what they cost, and how their settings differ from those of the published scores.

            Examples:
              {Invocation.Command} gap results/phi-4-mini-int4
              {Invocation.Command} gap results/phi-4-mini-fp32 results/phi-4-mini-int4 --prices prices.yaml --html gap.html
            """) { runs, prices, registry, html, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            PriceFile? price = parsed.GetValue(prices) is { } file ? PriceFile.Read(file) : null;
            RunFolder[] folders = [.. parsed.GetValue(runs)!.Select(RunFolder.Open)];
            IReadOnlyList<GapBenchmark> benchmarks =
                Gap.Of(PublishedScores.Read(parsed.GetValue(registry)), folders, Parameters, price);
            if (parsed.GetValue(html) is { } page)
            {
                await GapPage.WriteAsync(benchmarks, page, TimeProvider.System, cancellationToken).ConfigureAwait(false);
                await output.WriteLineAsync(page).ConfigureAwait(false);
                return (int)ExitCode.Success;
            }

            await output.WriteAsync(parsed.GetValue(json)
                ? JsonSerializer.Serialize(benchmarks, ResultsJson.Indented) + "\n"
                : GapTable.Render(benchmarks)).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }

    /// <summary>The number of the model's parameters, or null if its folder no longer exists.</summary>
    private static long? Parameters(Manifest manifest)
    {
        string path = manifest.Model.ModelPath;
        string? folder = Directory.Exists(path)
            ? path
            : HubModel.Parse(path)?.FindIn(new HubCache(HubSettings.FromEnvironment().Cache));
        return folder is null ? null : ModelInspection.Of(folder).Parameters;
    }
}
