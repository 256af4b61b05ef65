using System.CommandLine;
using EvalHarness.Cli.Processes;
using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Reports;
using EvalHarness.Results;
using EvalHarness.Running;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness documents</c>.</summary>
internal sealed class DocumentsCommand
{
    private readonly Argument<string?> _dataset = new("dataset")
    {
        Description = "ORG/NAME or ORG/NAME/CONFIG; shows its rows",
        HelpName = "DATASET",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _split = new("--split")
    {
        Description = "The split of DATASET (default: the only one)",
        HelpName = "NAME",
    };

    private readonly Option<string?> _task = new("--task")
    {
        Description = "Show what this task makes of its documents, instead of the rows of a dataset",
        HelpName = "NAME",
    };

    private readonly Option<long?> _from = new("--from") { Description = "The number of the first one, counted from 0", HelpName = "N" };
    private readonly Option<long?> _limit = new("--limit") { Description = "How many at most (default: all)", HelpName = "N" };
    private readonly Option<bool> _json = CommonOptions.Json("Print a JSON object on each line");
    private readonly RunArguments _ofTasks = RunArguments.Only(
        "--num-fewshot", "--seed", "--gen-kwargs", "--system-instruction", "--include-path", "--allow-task-code",
        "--sandbox", "--confirm-run-unsafe-code");

    private readonly RunArguments _datasets = RunArguments.Only("--datasets");
    private readonly TextWriter _output;
    private readonly TextWriter _error;

    private DocumentsCommand(TextWriter output, TextWriter error) => (_output, _error) = (output, error);

    internal static Command Create(TextWriter output, TextWriter error)
    {
        var documents = new DocumentsCommand(output, error);
        var command = new Command(
            "documents",
            $"""
            Prints the rows of a dataset with the values that templates see, or what a task makes of its documents: the row after
            process_docs, the prompt with its shots, the choices or stop strings, and the target. No model is needed, and nothing is
            downloaded.

            JSON has no bytes, dates or infinities: with --json, bytes are base64, timestamps are text such as
            2023-11-14T22:13:20.123456 in UTC, and NaN, Infinity and -Infinity are text. Without it, values are the text that Python prints.

            Examples:
              {Invocation.Command} documents openai/gsm8k/main --split test --limit 3
              {Invocation.Command} documents cais/mmlu/all --split test --from 100 --limit 1 --json
              {Invocation.Command} documents --task gsm8k --num-fewshot 2 --limit 1
            """) { documents._dataset };
        Option[] own = [documents._split, documents._task, documents._from, documents._limit];
        foreach (Option option in own.Concat(documents._datasets.All).Concat(documents._ofTasks.All).Append(documents._json))
            command.Options.Add(option);
        command.SetAction(documents.RunAsync);
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        long from = parsed.GetValue(_from) ?? 0;
        long? limit = parsed.GetValue(_limit);
        if (from < 0)
            throw new EvalException(ExitCode.Usage, $"--from {from}: expected 0 or more");
        if (limit < 1)
            throw new EvalException(ExitCode.Usage, $"--limit {limit}: expected 1 or more");
        switch (parsed.GetValue(_dataset), parsed.GetValue(_task))
        {
            case ({ } dataset, null):
                if (_ofTasks.Given(parsed).Keys.FirstOrDefault() is { } unused)
                    throw new EvalException(ExitCode.Usage, $"{unused} needs --task: the rows of a dataset do not depend on it");
                return RowsAsync(parsed, dataset, from, limit, cancellationToken);
            case (null, { } task):
                return parsed.GetValue(_split) is null
                    ? TaskAsync(parsed, task, from, limit, cancellationToken)
                    : throw new EvalException(ExitCode.Usage, "--split and --task together: a task names its own split; leave --split out");
            case (null, null):
                throw new EvalException(
                    ExitCode.Usage, $"expected a dataset, ORG/NAME, or --task NAME. See '{Invocation.Command} documents --help'.");
            case ({ } dataset, { }):
                throw new EvalException(
                    ExitCode.Usage, $"{dataset} and --task together: a task names its own dataset; leave one of them out");
        }
    }

    private async Task<int> RowsAsync(ParseResult parsed, string dataset, long from, long? limit, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> roots = DatasetRoots.Of(_datasets.Read(parsed).Datasets);
        DatasetName name = SplitListing.Choose(roots, dataset, parsed.GetValue(_split), note => _error.WriteLine(Terminal.Visible(note)));
        DatasetSplit split = await new FileDatasetSource(roots).OpenAsync(name, cancellationToken).ConfigureAwait(false);
        bool json = parsed.GetValue(_json);
        long row = -1, shown = 0;
        await foreach (Document document in split.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (++row < from)
                continue;
            await _output.WriteAsync(json ? JsonText.Literal(document.ToJson()) + "\n" : DocumentView.Row(row, document.Values))
                .ConfigureAwait(false);
            if (++shown == limit || OutputPipe.IsClosed(_output))
                break;
        }

        if (shown == 0)
            await SayAsync($"{name} has {row + 1} rows; --from {from} is behind the last").ConfigureAwait(false);
        return (int)ExitCode.Success;
    }

    private Task SayAsync(string note) => _error.WriteLineAsync(Terminal.Visible(note));

    private async Task<int> TaskAsync(ParseResult parsed, string task, long from, long? limit, CancellationToken cancellationToken)
    {
        var given = new Dictionary<string, IReadOnlyList<string>>(_ofTasks.Given(parsed).Concat(_datasets.Given(parsed)))
        {
            ["--tasks"] = [task],
        };
        var options = RunOptions.Of(given, earlier: null);
        var source = new FileDatasetSource(DatasetRoots.Of(options.Datasets));
        bool json = parsed.GetValue(_json);
        long shown = 0, errored = 0;
        string first = "";
        IAsyncEnumerable<RenderedDocument> documents = TaskDocuments.ReadAsync(source, options, from, limit, cancellationToken);
        await foreach (RenderedDocument document in documents.ConfigureAwait(false))
        {
            shown++;
            if (document.Error is { } error && errored++ == 0)
                first = error;
            await _output.WriteAsync(json ? document.ToJson() + "\n" : DocumentView.Document(document)).ConfigureAwait(false);
            if (OutputPipe.IsClosed(_output))
                break;
        }

        if (shown == 0)
            await SayAsync($"--from {from} is behind the last document of {task}").ConfigureAwait(false);
        return errored == 0
            ? (int)ExitCode.Success
            : throw new EvalException(ExitCode.SamplesErrored, $"{errored} of {shown} documents have no prompt; the first: {first}");
    }
}
