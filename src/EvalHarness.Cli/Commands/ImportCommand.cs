using System.CommandLine;
using EvalHarness.Engines;
using EvalHarness.LmEval;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness import</c>.</summary>
internal static class ImportCommand
{
    internal static Command Create(TextWriter output, TextWriter error, string[] arguments)
    {
        var files = new Argument<string[]>("SAMPLES")
        {
            Description = "Files samples_TASK_TIME.jsonl of lm-evaluation-harness, one per task",
            Arity = ArgumentArity.OneOrMore,
        };
        var folder = new Option<string>("--output", "-o") { Description = "Run folder to create", HelpName = "DIR", Required = true };
        var task = new Option<string?>("--task")
        {
            Description = "Name of the task, if the file's name does not contain it",
            HelpName = "NAME",
        };
        var command = new Command(
            "import",
            $"""
            Creates a run folder from samples that lm-evaluation-harness logged with --log_samples, to inspect them or to grade them again.

            Examples:
              {Invocation.Command} import samples_gsm8k_2026-05-12T01-00-00.123456.jsonl --output results/theirs
              {Invocation.Command} show results/theirs --task gsm8k --doc 17
              {Invocation.Command} run --model replay:results/theirs/responses.jsonl --tasks gsm8k
            """) { files, folder, task };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] paths = parsed.GetValue(files)!;
            if (paths.Length > 1 && parsed.GetValue(task) is not null)
            {
                throw new EvalException(
                    ExitCode.Usage, $"--task names one task, and {paths.Length} files are given; import them one by one");
            }

            var samples = new List<LmEvalSamples>();
            foreach (string path in paths)
                samples.Add(await LmEvalSamples.ReadAsync(path, parsed.GetValue(task), cancellationToken).ConfigureAwait(false));
            if (samples.GroupBy(s => s.Task).FirstOrDefault(g => g.Count() > 1) is { } twice)
                throw new EvalException(ExitCode.Usage, $"task {twice.Key} is in {twice.Count()} of the files; import only one of them");
            using var run = RunFolder.Create(parsed.GetValue(folder)!);
            Manifest manifest = await DescribeAsync(paths, samples, run, arguments, cancellationToken).ConfigureAwait(false);
            await LmEvalImport.WriteAsync(paths, samples, run, manifest, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            await output.WriteAsync(ResultsTable.Render(run.ReadResults())).ConfigureAwait(false);
            string again = $"{Invocation.Command} run --model {manifest.Options.Model} --tasks {string.Join(',', manifest.Options.Tasks)}";
            string note = $"{samples.Sum(s => s.Rows.Count)} documents in {run.Name}; grade them again with: {again}";
            await error.WriteLineAsync(Terminal.Visible(note)).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static async Task<Manifest> DescribeAsync(
        string[] paths, List<LmEvalSamples> samples, RunFolder run, string[] arguments, CancellationToken cancellationToken)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        var hashes = new List<ModelFile>();
        foreach (string path in paths)
            hashes.AddRange(await ModelFiles.HashAsync(path, cancellationToken).ConfigureAwait(false));
        return new Manifest
        {
            Options = new RunOptions
            {
                Model = $"replay:{run.Name}/responses.jsonl",
                Tasks = [.. samples.Select(s => s.Task)],
                Datasets = ["datasets"],
                BatchSize = 1,
            },
            Model = new EngineDescription
            {
                Engine = "lm-evaluation-harness",
                ModelPath = string.Join(", ", paths),
                ModelName = "imported",
                Device = "none",
                Files = hashes,
            },
            Datasets = [],
            Tasks =
            [
                .. samples.Select(s => new TaskRecord
                {
                    Name = s.Task,
                    Sha256 = "",
                    Source = "imported",
                    NumFewShot = 0,
                    Documents = s.Rows.Count,
                    Available = s.Rows.Count,
                }),
            ],
            Machine = await Machine.DescribeAsync(cancellationToken).ConfigureAwait(false),
            Versions = EngineFactory.Versions,
            HasResponseChecksums = true,
            Sessions = [new RunSession { Command = arguments, Started = now, Ended = now, End = RunSession.Finished }],
        };
    }
}
