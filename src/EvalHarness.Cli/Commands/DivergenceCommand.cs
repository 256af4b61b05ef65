using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.OnnxRuntimeGenAI.Divergence;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
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
        var candidate = new Option<string>("--candidate")
        {
            Description = "Model folder to compare with the base",
            HelpName = "DIR",
            Required = true,
        };
        var text = new Option<string>("--text") { Description = "UTF-8 text that both models read", HelpName = "FILE" };
        var options = RunArguments.Only("--tasks", "--datasets", "--include-path", "--device");
        var context = new Option<int>("--context")
        {
            Description = "Tokens per chunk of the text; the predictions in the second half of each chunk are compared",
            HelpName = "N",
            DefaultValueFactory = _ => 512,
        };
        var chunks = new Option<int?>("--chunks") { Description = "Compare only the first N chunks", HelpName = "N" };
        Option<string?> baseDevice = BaseDevice.Option("that of --device");
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "divergence",
            $"""
            Runs two models over the same text, or over the prompts and reference answers of tasks, and measures how much their next-token
            distributions differ. Errors are computed from blocks of neighbouring tokens.

            Examples:
              {Invocation.Command} divergence --base models/phi-4-mini-fp32 --candidate models/phi-4-mini-int4 --text wiki.txt --chunks 20
              {Invocation.Command} divergence --base models/phi-4-mini-fp32 --candidate models/phi-4-mini-int4 --tasks gsm8k
            """) { baseModel, candidate, baseDevice, text, context, chunks, json };
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
                _ => throw new EvalException(
                    ExitCode.Usage, "expected either --text FILE or --tasks NAMES, for the text that both models read"),
            };
            Progress? progress = Console.IsErrorRedirected ? null : new Progress(error);
            (string first, string second) = (parsed.GetValue(baseModel)!, parsed.GetValue(candidate)!);
            (int length, int? limit) = (parsed.GetValue(context), parsed.GetValue(chunks));
            GenAiOptions device = EngineFactory.OnDevice(run);
            GenAiOptions other = parsed.GetValue(baseDevice) is null ? device : BaseDevice.Read(parsed, baseDevice, device.Device);
            DivergenceReport report = await Task.Run(
                () => ModelDivergence.Run(first, second, content, length, limit, other, device, progress, cancellationToken),
                cancellationToken).ConfigureAwait(false);
            await output.WriteAsync(parsed.GetValue(json)
                ? JsonSerializer.Serialize(report, ResultsJson.Indented) + "\n"
                : Table(report)).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private sealed class Progress(TextWriter error) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value) =>
            error.Write(value.Done == value.Total ? "\r\x1b[K" : $"\r\x1b[K{value.Done}/{value.Total} chunks");
    }

    private static string Table(DivergenceReport report)
    {
        var table = new TextTable(("What", false), ("Value", true), ("Stderr", true), ("95% interval", true));
        void Add(string what, string format, Estimate estimate, double factor = 1, string unit = "")
        {
            string Show(double value) => TextTable.Number(factor * value, format) + unit;
            table.Add(
                what,
                Show(estimate.Value),
                estimate.StandardError is { } error ? Show(error) : "",
                estimate.Interval is { } interval ? $"[{Show(interval.Low)}, {Show(interval.High)}]" : "");
        }

        Add("KL divergence, mean (nats)", "0.000000", report.Divergence);
        Add("  median", "0.000000", new Estimate(report.Median, null));
        Add("  99%", "0.000000", new Estimate(report.Percentile99, null));
        Add("  99.9%", "0.000000", new Estimate(report.Percentile999, null));
        Add("  largest", "0.000000", new Estimate(report.Largest, null));
        Add("same likeliest token", "0.00", report.SameTop, 100, "%");
        Add("RMS change in the right token's probability", "0.000", report.ProbabilityChange, 100, "%");
        Add(
            "perplexity of the base",
            "0.0000",
            new Estimate(report.BasePerplexity, report.BasePerplexityStandardError, report.BasePerplexityInterval));
        Add(
            "perplexity of the candidate",
            "0.0000",
            new Estimate(report.CandidatePerplexity, report.CandidatePerplexityStandardError, report.CandidatePerplexityInterval));
        Add("ln of their ratio", "0.000000", report.LogPerplexityRatio);
        (int fewest, int tokens) = (TokenDivergence.FewestBlocks, TokenDivergence.FewestBlocks * TokenDivergence.BlockTokens);
        string errors = report.Blocks >= fewest
            ? $"errors are those of {report.Blocks} blocks of neighbouring tokens"
            : $"errors need {fewest} chunks or more with {tokens} tokens of text in all, and this text has {report.Chunks} with "
                + $"{report.TextTokens}";
        return string.Create(CultureInfo.InvariantCulture, $"{table}\n{report.Tokens} tokens compared; {errors}\n");
    }
}
