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
        var baseRun = new Argument<string>("base") { Description = "Folder of the run to compare with", HelpName = "BASE" };
        var candidates = new Argument<string[]>("candidates") { Description = "Folders of the runs to be judged", HelpName = "CANDIDATE", Arity = ArgumentArity.OneOrMore };
        var json = new Option<bool>("--json") { Description = "As JSON, with the documents that flipped" };
        var markdown = new Option<bool>("--markdown") { Description = "For a pull request: the tasks of groups folded away" };
        var command = new Command(
            "compare",
            $"""
            Compares runs sample by sample: what a quantization, a device or a new model costs or gains, and whether so many samples can tell.

            Examples:
              {Invocation.Command} compare results/phi-4-mini-fp32 results/phi-4-mini-int4
              {Invocation.Command} compare results/phi-4-mini-fp32 results/phi-4-mini-int8 results/phi-4-mini-int4 --json
              {Invocation.Command} compare results/phi-4-mini-fp32 results/phi-4-mini-int4 --markdown >> pull-request.md
            """) { baseRun, candidates, json, markdown };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            IReadOnlyList<Comparison> comparisons = await Comparison.OfAllAsync([RunFolder.Open(parsed.GetValue(baseRun)!), .. parsed.GetValue(candidates)!.Select(RunFolder.Open)], cancellationToken).ConfigureAwait(false);
            await output.WriteAsync(parsed.GetValue(json)
                ? JsonSerializer.Serialize(comparisons, ResultsJson.Indented) + "\n"
                : parsed.GetValue(markdown) ? ComparisonTable.RenderMarkdown(comparisons) : ComparisonTable.Render(comparisons)).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }
}
