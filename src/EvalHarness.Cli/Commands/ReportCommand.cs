using System.CommandLine;
using EvalHarness.Html;
using EvalHarness.Results;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness report</c>.</summary>
internal static class ReportCommand
{
    internal static Command Create(TextWriter output)
    {
        var runs = new Argument<string[]>("runs")
        {
            Description = "Folders of finished runs; the second and later runs are compared with the first",
            HelpName = "RUN",
            Arity = ArgumentArity.OneOrMore,
        };
        var file = new Option<string?>("--output", "-o")
        {
            Description = "HTML file to write "
                + "(default: report.html in the run's folder, or beside the first run's folder if there are several)",
            HelpName = "FILE",
        };
        Option<string?> prices = CommonOptions.Prices();
        var command = new Command(
            "report",
            $"""
            Writes a run, or a comparison of runs, as one HTML page that works without a network: scores with confidence intervals, charts,
            and all samples, which can be searched and read.

            Examples:
              {Invocation.Command} report results/phi-4-mini-int4/2026-05-12T01-00-00Z
              {Invocation.Command} report results/phi-4-mini-fp32 results/phi-4-mini-int8 results/phi-4-mini-int4 --output int4.html
            """) { runs, file, prices };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            PriceFile? price = parsed.GetValue(prices) is { } priceFile ? PriceFile.Read(priceFile) : null;
            RunFolder[] folders = [.. parsed.GetValue(runs)!.Select(RunFolder.Open)];
            string first = folders[0].Name;
            string parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(first)) ?? "";
            string path = parsed.GetValue(file) ?? Path.Combine(folders.Length == 1 ? first : parent, "report.html");
            await HtmlReport.WriteAsync(folders, path, TimeProvider.System, cancellationToken, price).ConfigureAwait(false);
            await output.WriteLineAsync(path).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }
}
