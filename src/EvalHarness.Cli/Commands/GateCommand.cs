using System.CommandLine;
using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Nightly.Gating;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness gate</c>.</summary>
internal static class GateCommand
{
    private const string StepSummary = "GITHUB_STEP_SUMMARY";

    internal static Command Create(TextWriter output)
    {
        var rules = new Option<string>("--rules") { Description = "YAML file with rules", HelpName = "FILE", Required = true };
        var baseRun = new Argument<string>("base") { Description = "Folder of the run to compare with", HelpName = "BASE" };
        var candidates = new Argument<string[]>("candidates") { Description = "Folders of the runs to be judged", HelpName = "CANDIDATE", Arity = ArgumentArity.OneOrMore };
        var junit = new Option<string?>("--junit") { Description = "Also write a JUnit file, which CI servers show", HelpName = "FILE" };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var markdown = new Option<bool>("--markdown") { Description = "For a pull request" };
        var command = new Command(
            "gate",
            $"""
            Judges runs by rules: regression, fine, or too few rows to tell. Exit code 0 fine, 11 regression, 12 inconclusive where the rules say
            that this counts. In GitHub Actions the table goes into the step's summary as well.

            Examples:
              {Invocation.Command} gate --rules gate.yaml results/main results/pull-request
              {Invocation.Command} gate --rules gate.yaml results/main results/pull-request --junit gate.xml --markdown
            """) { rules, baseRun, candidates, junit, json, markdown };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string file = parsed.GetValue(rules)!;
            GateRules read = SettingsFile.Read<GateRules>(file, ExitCode.Usage).Check(file);
            if (read.Baseline is not null)
                throw new EvalException(ExitCode.Usage, $"{file}: baseline: is for a nightly plan; 'gate' compares with the run that it is given");
            RunFolder first = RunFolder.Open(parsed.GetValue(baseRun)!);
            GateReport report = await GateReport.JudgeAsync(read, [.. parsed.GetValue(candidates)!.Select(c => new GateCell(c, RunFolder.Open(c), [first]))], cancellationToken).ConfigureAwait(false);
            if (report.Checks.FirstOrDefault(c => c.Remark == GateReport.NothingFits) is { } unused)
                throw new EvalException(ExitCode.Usage, $"{file}: the rule for task {unused.Task}, {unused.Cell}{(unused.Metric is null ? "" : $", metric {unused.Metric}")} fits nothing in these runs; correct it or take it out");
            if (parsed.GetValue(junit) is { } path)
                await JUnitFile.WriteAsync(path, [.. report.Checks.Select(JUnitFile.Of)], TimeProvider.System.GetUtcNow()).ConfigureAwait(false);
            await AddToStepSummaryAsync(GateTable.RenderMarkdown(report)).ConfigureAwait(false);
            await output.WriteAsync(parsed.GetValue(json)
                ? JsonSerializer.Serialize(report, ResultsJson.Indented) + "\n"
                : parsed.GetValue(markdown) ? GateTable.RenderMarkdown(report) : GateTable.Render(report)).ConfigureAwait(false);
            return (int)report.ExitCode;
        });
        return command;
    }

    /// <summary>GitHub Actions names a file that it shows on the page of the job.</summary>
    internal static async Task AddToStepSummaryAsync(string markdown)
    {
        if (Environment.GetEnvironmentVariable(StepSummary) is not { Length: > 0 } file)
            return;
        try
        {
            await File.AppendAllTextAsync(file, markdown + "\n").ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException(ExitCode.Output, $"{StepSummary}={file}: cannot be written: {e.Message}", e);
        }
    }
}
