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
        var rules = new Option<string>("--rules") { Description = "YAML file with the rules", HelpName = "FILE", Required = true };
        Argument<string> baseRun = CommonOptions.BaseRun();
        Argument<string[]> candidates = CommonOptions.CandidateRuns();
        var junit = new Option<string?>("--junit") { Description = "Also write a JUnit file for CI servers", HelpName = "FILE" };
        Option<bool> json = CommonOptions.Json();
        var markdown = new Option<bool>("--markdown") { Description = "Print Markdown for a pull request" };
        var command = new Command(
            "gate",
            $"""
            Decides by rules whether runs have lost quality compared with a base: no regression, a regression, or too few samples to tell.
            The exit code is 0 for no regression, 11 for a regression, and 12 if no rule was decided, or if some were not
            and the rules say 'inconclusive: fail'. In GitHub Actions the table is also added to the summary of the step.

            Examples:
              {Invocation.Command} gate --rules gate.yaml results/main results/pull-request
              {Invocation.Command} gate --rules gate.yaml results/main results/pull-request --junit gate.xml --markdown
            """) { rules, baseRun, candidates, junit, json, markdown };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string file = parsed.GetValue(rules)!;
            GateRules read = SettingsFile.Read<GateRules>(file, ExitCode.Usage).Check(file);
            if (read.Baseline is not null)
            {
                throw new EvalException(
                    ExitCode.Usage,
                    $"{file}: baseline: is for a nightly plan; 'gate' compares with the base run on its command line, so leave it out");
            }

            RunFolder first = RunFolder.Open(parsed.GetValue(baseRun)!);
            GateCell[] cells = [.. parsed.GetValue(candidates)!.Select(c => new GateCell(c, RunFolder.Open(c), [first]))];
            FinishedRun[] runs = [.. cells.Select(c => FinishedRun.Read(c.Candidate))];
            NoiseFit.RequireTasks(read.Noise, runs);
            GateReport report = await GateReport.JudgeAsync(read, cells, cancellationToken).ConfigureAwait(false);
            if (report.Checks.FirstOrDefault(c => c.Remark == GateReport.NothingFits) is { } unused)
            {
                string metric = unused.Metric is null ? "" : $", metric {unused.Metric}";
                throw new EvalException(
                    ExitCode.Usage,
                    $"{file}: the rule for task {unused.Task}, {unused.Cell}{metric} fits nothing in these runs; "
                    + "correct or remove the rule");
            }

            if (parsed.GetValue(junit) is { } path)
            {
                var judged = cells.Zip(runs).DistinctBy(c => c.First.Name).ToDictionary(c => c.First.Name, c => c.Second.Report);
                await JUnitFile
                    .WriteAsync(path, JUnitFile.Of(report.Checks, judged), TimeProvider.System.GetUtcNow())
                    .ConfigureAwait(false);
            }

            await AddToStepSummaryAsync(GateTable.RenderMarkdown(report)).ConfigureAwait(false);
            await output.WriteAsync(parsed.GetValue(json)
                ? JsonSerializer.Serialize(report, ResultsJson.Indented) + "\n"
                : parsed.GetValue(markdown) ? GateTable.RenderMarkdown(report)
                : GateTable.Render(report)).ConfigureAwait(false);
            return (int)report.ExitCode;
        });
        return command;
    }

    /// <summary>
    /// Appends text to the file that the environment variable <c>GITHUB_STEP_SUMMARY</c> names. GitHub Actions sets the variable, and
    /// shows the file on the page of the job.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the file cannot be written.</exception>
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
