using System.CommandLine;
using System.Text;
using System.Text.Json;
using EvalHarness.Analysis.Receipts;
using EvalHarness.Exports;
using EvalHarness.Files;
using EvalHarness.Html;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness receipt</c>.</summary>
internal static class ReceiptCommand
{
    /// <summary>With so many, a task whose documents have two hundred tokens gets an interval.</summary>
    private const int DefaultDocuments = 32;

    internal static Command Create(TextWriter output, TextWriter error)
    {
        Argument<string?> baseRun = Optional(CommonOptions.BaseRun());
        Argument<string[]> candidates = CommonOptions.CandidateRuns();
        candidates.Arity = ArgumentArity.ZeroOrMore;
        var documents = new Option<int>("--documents")
        {
            Description = "Documents of each task at whose tokens the distributions are compared: the first ones that the base answered",
            HelpName = "N",
            DefaultValueFactory = _ => DefaultDocuments,
        };
        var engine = RunArguments.Only(RunOptions.DeviceOption, "--threads");
        Option<string?> prices = CommonOptions.Prices();
        Option<string?> folder = CommonOptions.Output(
            "Folder for receipt.json and receipt.html (default: results/receipt-TIME)");
        Option<bool> json = CommonOptions.Json("Print receipt.json instead of tables");
        var schema = new Option<bool>("--schema") { Description = "Print the JSON Schema of receipt.json" };
        Option<bool> quiet = CommonOptions.Quiet();
        var export = new ExportArguments();
        var command = new Command(
            "receipt",
            $"""
            Says what a quantization, or another change of a model, did: distributions at the base's own tokens, answers won and lost,
            what was kept of each score, length of completions, size, speed, price and energy, with all hashes. It reads finished runs, and
            computes with their model folders.

            Examples:
              {Invocation.Command} receipt results/phi-4-mini-fp16 results/phi-4-mini-int4
              {Invocation.Command} receipt results/phi-4-mini-fp16 results/phi-4-mini-int8 results/phi-4-mini-int4 --documents 8
              {Invocation.Command} receipt results/phi-4-mini-fp16 results/phi-4-mini-int4 --organization NAME --relationship third_party
            """) { baseRun, candidates, documents, prices, folder, json, schema, quiet };
        foreach (Option option in engine.All.Concat(export.All))
            command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(schema))
            {
                await output.WriteAsync(RecordSchema.Of<Receipt>("Receipt of EvalHarness")).ConfigureAwait(false);
                return (int)ExitCode.Success;
            }

            string[] names = [.. ((string?[])[parsed.GetValue(baseRun)]).OfType<string>(), .. parsed.GetValue(candidates)!];
            if (names.Length < 2)
                throw new EvalException(ExitCode.Usage, "expected BASE and one CANDIDATE or more: folders of finished runs");
            if (parsed.GetValue(documents) < 1)
                throw new EvalException(ExitCode.Usage, $"--documents {parsed.GetValue(documents)}: expected 1 or more");
            Evaluator? evaluator = export.Read(parsed);
            RunOptions options = engine.Read(parsed);
            string path = parsed.GetValue(folder)
                ?? Path.Combine("results", $"receipt-{TimeProvider.System.GetUtcNow().ToString(OneRun.FolderTime, null)}");
            string file = Path.Combine(path, "receipt.json"), page = Path.Combine(path, "receipt.html");
            // Before models are loaded, which can take minutes.
            OutputFile.RequireWritable(file);
            var live = new LiveLine(Console.IsErrorRedirected || parsed.GetValue(quiet) ? null : error);
            FinishedRun[] runs = [.. names.Select(RunFolder.Open).Select(FinishedRun.Read)];
            if (evaluator is not null)
                RunExport.Check(runs);
            Receipt receipt = await new ReceiptWork
            {
                Runs = runs,
                Documents = parsed.GetValue(documents),
                Device = engine.Given(parsed).ContainsKey(RunOptions.DeviceOption)
                    ? new DeviceChoice(options.Device, options.DeviceIds)
                    : null,
                Threads = options.Threads,
                Prices = parsed.GetValue(prices) is { } priceFile ? PriceFile.Read(priceFile) : null,
                Time = TimeProvider.System,
                Show = live.Show,
            }.MakeAsync(cancellationToken).ConfigureAwait(false);
            live.Clear();
            if (!parsed.GetValue(quiet))
            {
                foreach (ReceiptCandidate candidate in receipt.Candidates.Where(c => c.WhyNoDivergence is not null))
                {
                    string line = $"warning: no distributions of {candidate.Run.Name}: {candidate.WhyNoDivergence}";
                    await error.WriteLineAsync(Terminal.Visible(line)).ConfigureAwait(false);
                }
            }

            string written = JsonSerializer.Serialize(receipt, ResultsJson.Indented) + "\n";
            byte[] bytes = Encoding.UTF8.GetBytes(written);
            await OutputFile.WriteAsync(file, stream => stream.WriteAsync(bytes, cancellationToken).AsTask()).ConfigureAwait(false);
            await ReceiptPage.WriteAsync(receipt, page, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            ExportSummary? exported = evaluator is null
                ? null
                : await RunExport.WriteAsync(runs, path, evaluator, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            string shown = parsed.GetValue(json) ? written : Terminal.VisibleLines(ReceiptTable.Render(receipt));
            await output.WriteAsync(shown).ConfigureAwait(false);
            if (!parsed.GetValue(quiet))
            {
                await error.WriteLineAsync($"receipt: {file}\npage: {page}").ConfigureAwait(false);
                foreach (string line in exported?.Lines ?? [])
                    await error.WriteLineAsync(line).ConfigureAwait(false);
            }

            return (int)ExitCode.Success;
        });
        return command;
    }

    /// <summary>The same argument where it may be left out, because <c>--schema</c> needs no run.</summary>
    private static Argument<string?> Optional(Argument<string> argument) => new(argument.Name)
    {
        Description = argument.Description,
        HelpName = argument.HelpName,
        Arity = ArgumentArity.ZeroOrOne,
    };
}
