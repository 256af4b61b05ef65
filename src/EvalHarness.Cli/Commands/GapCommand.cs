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
        var runs = new Argument<string[]>("runs") { Description = "Folders of finished runs", HelpName = "RUN", Arity = ArgumentArity.OneOrMore };
        var prices = new Option<string?>("--prices") { Description = "YAML file: currency, and models by name with per_hour, the machine's price", HelpName = "FILE" };
        var registry = new Option<string?>("--registry") { Description = "Published scores of your own (default: those that come with EvalHarness)", HelpName = "FILE" };
        var html = new Option<string?>("--html") { Description = "Write a page with charts instead", HelpName = "FILE" };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command(
            "gap",
            $"""
            Measured open models beside published scores of closed ones: how far behind, for how many parameters, gigabytes, and what price; with
            the differences in setting.

            Examples:
              {Invocation.Command} gap results/phi-4-mini-int4
              {Invocation.Command} gap results/phi-4-mini-fp32 results/phi-4-mini-int4 --prices prices.yaml --html gap.html
            """) { runs, prices, registry, html, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            PriceFile? price = parsed.GetValue(prices) is { } file ? SettingsFile.Read<PriceFile>(file, ExitCode.Usage) : null;
            IReadOnlyList<GapBenchmark> benchmarks = Gap.Of(PublishedScores.Read(parsed.GetValue(registry)), [.. parsed.GetValue(runs)!.Select(RunFolder.Open)], Parameters, price);
            if (parsed.GetValue(html) is { } page)
            {
                await GapPage.WriteAsync(benchmarks, price is not null, page, TimeProvider.System, cancellationToken).ConfigureAwait(false);
                await output.WriteLineAsync(page).ConfigureAwait(false);
                return (int)ExitCode.Success;
            }

            await output.WriteAsync(parsed.GetValue(json) ? JsonSerializer.Serialize(benchmarks, ResultsJson.Indented) + "\n" : GapTable.Render(benchmarks, price?.Currency)).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }

    /// <summary>Null where the model's folder is gone.</summary>
    private static long? Parameters(Manifest manifest)
    {
        string? folder = Directory.Exists(manifest.Model.ModelPath) ? manifest.Model.ModelPath : HubModel.Parse(manifest.Model.ModelPath)?.FindIn(new HubCache(HubSettings.FromEnvironment().Cache));
        return folder is null ? null : ModelInspection.Of(folder).Parameters;
    }
}
