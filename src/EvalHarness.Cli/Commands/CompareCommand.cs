using System.CommandLine;
using System.Text.Json;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Files;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness compare</c>.</summary>
internal static class CompareCommand
{
    internal static Command Create(TextWriter output)
    {
        Argument<string> baseRun = CommonOptions.BaseRun();
        Argument<string[]> candidates = CommonOptions.CandidateRuns();
        Option<bool> json = CommonOptions.Json("Print JSON, with the documents whose answers became right or wrong, instead of a table");
        Option<string?> prices = CommonOptions.Prices();
        var markdown = new Option<bool>("--markdown")
        {
            Description = "Print Markdown for a pull request, with the tasks of each group in a collapsed section",
        };
        var command = new Command(
            "compare",
            $"""
            Compares runs sample by sample: how much a quantization, a device or a new model changes the scores, and whether there are
            enough samples for the difference to be significant.

            Examples:
              {Invocation.Command} compare results/phi-4-mini-fp32 results/phi-4-mini-int4
              {Invocation.Command} compare results/phi-4-mini-fp32 results/phi-4-mini-int8 results/phi-4-mini-int4 --json
              {Invocation.Command} compare results/phi-4-mini-fp32 results/phi-4-mini-int4 --markdown >> pull-request.md
              {Invocation.Command} compare results/phi-4-mini-int4 results/gpt-4o-mini --prices prices.yaml
            """) { baseRun, candidates, prices, json, markdown };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            PriceFile? price = parsed.GetValue(prices) is { } file ? PriceFile.Read(file) : null;
            RunFolder[] runs = [RunFolder.Open(parsed.GetValue(baseRun)!), .. parsed.GetValue(candidates)!.Select(RunFolder.Open)];
            IReadOnlyList<Comparison> comparisons = await Comparison.OfAllAsync(runs, cancellationToken, price).ConfigureAwait(false);
            await output.WriteAsync(parsed.GetValue(json)
                ? JsonSerializer.Serialize(comparisons, ResultsJson.Indented) + "\n"
                : parsed.GetValue(markdown) ? ComparisonTable.RenderMarkdown(comparisons)
                : ComparisonTable.Render(comparisons)).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }
}
