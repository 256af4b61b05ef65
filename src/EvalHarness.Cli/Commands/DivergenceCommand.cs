using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.OnnxRuntimeGenAI.Divergence;
using EvalHarness.Reports;
using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Scoring.Metrics;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness divergence</c>.</summary>
internal static class DivergenceCommand
{
    internal static Command Create(TextWriter output, TextWriter error)
    {
        var baseModel = new Option<string>("--base") { Description = "Model folder to compare with", HelpName = "DIR", Required = true };
        var candidate = new Option<string>("--candidate") { Description = "Model folder to be judged", HelpName = "DIR", Required = true };
        var text = new Option<string>("--text") { Description = "UTF-8 text to step both models through", HelpName = "FILE" };
        var options = RunArguments.Only("--tasks", "--datasets", "--include-path", "--device");
        var context = new Option<int>("--context") { Description = "Tokens of a chunk; those of its second half are compared", HelpName = "N", DefaultValueFactory = _ => 512 };
        var chunks = new Option<int?>("--chunks") { Description = "Only the first N chunks", HelpName = "N" };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "divergence",
            $"""
            Steps two models side by side through a text, or through the prompts and reference answers of tasks, and says how far their
            next-token distributions lie apart.

            Examples:
              {Invocation.Command} divergence --base models/phi-4-mini-fp32 --candidate models/phi-4-mini-int4 --text wiki.txt --chunks 20
              {Invocation.Command} divergence --base models/phi-4-mini-fp32 --candidate models/phi-4-mini-int4 --tasks gsm8k
            """) { baseModel, candidate, text, context, chunks, json };
        foreach (Option option in options.All)
            command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(chunks) is < 1)
                throw new EvalException(ExitCode.Usage, $"--chunks {parsed.GetValue(chunks)}: expected 1 or more");
            RunOptions run = options.Read(parsed);
            string content = (parsed.GetValue(text), run.Tasks) switch
            {
                ({ } file, []) when File.Exists(file) => await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false),
                ({ } file, []) => throw new EvalException(ExitCode.Data, $"--text {file}: there is no such file; expected UTF-8 text"),
                (null, { Count: > 0 }) => await TaskText.ReadAsync(run, cancellationToken).ConfigureAwait(false),
                _ => throw new EvalException(ExitCode.Usage, "expected either --text FILE or --tasks NAMES: what both models are stepped through"),
            };
            Progress? progress = Console.IsErrorRedirected ? null : new Progress(error);
            DivergenceReport report = await Task.Run(
                () => ModelDivergence.Run(parsed.GetValue(baseModel)!, parsed.GetValue(candidate)!, content, parsed.GetValue(context), parsed.GetValue(chunks), run.Device, progress, cancellationToken),
                cancellationToken).ConfigureAwait(false);
            await output.WriteAsync(parsed.GetValue(json) ? JsonSerializer.Serialize(report, ResultsJson.Indented) + "\n" : Table(report)).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private sealed class Progress(TextWriter error) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value) => error.Write(value.Done == value.Total ? "\r\x1b[K" : $"\r\x1b[K{value.Done}/{value.Total} chunks");
    }

    private static string Table(DivergenceReport report)
    {
        var table = new TextTable(("What", false), ("Value", true), ("Stderr", true));
        table.Add("KL divergence, mean (nats)", TextTable.Number(report.Divergence.Value, "0.000000"), TextTable.Number(report.Divergence.StandardError, "0.000000"));
        table.Add("  median", TextTable.Number(report.Median, "0.000000"), "");
        table.Add("  99%", TextTable.Number(report.Percentile99, "0.000000"), "");
        table.Add("  99.9%", TextTable.Number(report.Percentile999, "0.000000"), "");
        table.Add("  largest", TextTable.Number(report.Largest, "0.000000"), "");
        table.Add("same likeliest token", TextTable.Number(100 * report.SameTop.Value, "0.00") + "%", TextTable.Number(100 * report.SameTop.StandardError, "0.00") + "%");
        table.Add("RMS change in the right token's probability", TextTable.Number(100 * report.ProbabilityChange.Value, "0.000") + "%", TextTable.Number(100 * report.ProbabilityChange.StandardError, "0.000") + "%");
        table.Add("perplexity of the base", TextTable.Number(report.BasePerplexity, "0.0000"), "");
        table.Add("perplexity of the candidate", TextTable.Number(report.CandidatePerplexity, "0.0000"), "");
        table.Add("ln of their ratio", TextTable.Number(report.LogPerplexityRatio.Value, "0.000000"), TextTable.Number(report.LogPerplexityRatio.StandardError, "0.000000"));
        return string.Create(CultureInfo.InvariantCulture, $"{table}\n{report.Tokens} tokens compared\n");
    }
}
