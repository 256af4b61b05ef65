using System.CommandLine;
using System.CommandLine.Parsing;
using EvalHarness.Cli.Slurm;
using EvalHarness.Results;
using EvalHarness.Running;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness submit</c>.</summary>
internal static class SubmitCommand
{
    internal static Command Create(TextWriter output) => new(
        "submit", "Gives a run in parts to a scheduler, and says how far it is.")
    {
        Slurm(output),
        Status(output),
    };

    private static Command Slurm(TextWriter output)
    {
        var options = RunArguments.Without("--max-cost");
        var parts = new Option<int>("--parts")
        {
            Description = "How many parts the run is cut into; each is a task of the array",
            HelpName = "N",
            Required = true,
        };
        Option<string?> folder = CommonOptions.Output("Folder of the run; its parts are in DIR/parts, scripts and logs in DIR/slurm");
        folder.Required = true;
        var dryRun = new Option<bool>("--dry-run")
        { Description = "Write the scripts, and print the commands that would submit them; nothing is submitted" };
        var sbatch = new Argument<string[]>("sbatch-options")
        {
            Description = "Behind --: options of sbatch for the array, such as --time=2:00:00. The merge gets those of them that name an "
                + "account, a partition, a qos or a reservation",
            HelpName = "SBATCH-OPTIONS",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command(
            "slurm",
            $"""
            Submits a run to Slurm: an array with a task for each part, and a job that merges the parts when all are computed. A second
            start with the same options submits only what is missing: parts that are neither finished nor in the queue, and the merge.
            A task that is preempted, or stops before its time limit, goes back into the queue and goes on where it was.

            Examples:
              {Invocation.Command} submit slurm --model models/phi-4-mini-int4 --tasks mmlu,gsm8k --parts 16 --output results/phi
              {Invocation.Command} submit slurm --model models/phi-4-mini-int4 --tasks mmlu --parts 8 --output results/phi --dry-run
              {Invocation.Command} submit slurm --model models/phi-4-mini-int4 --tasks mmlu --parts 8 --output results/phi -- --time=120
            """) { sbatch, parts, folder, dryRun };
        foreach (Option option in options.All)
            command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            RequireBehindDashes(parsed, sbatch);
            RunOptions run = options.ReadWhole(parsed);
            int count = parsed.GetValue(parts);
            if (count is < 1 or > RunPart.Most)
                throw new EvalException(ExitCode.Usage, $"--parts {count}: expected 1 to {RunPart.Most}");
            // A part refuses some options that the whole run may have.
            _ = RunOptions.Of(new Dictionary<string, IReadOnlyList<string>>(options.Given(parsed)) { ["--shard"] = [$"1/{count}"] }, null);
            var given = new SbatchOptions(parsed.GetValue(sbatch) ?? []);
            SlurmFolder.RequirePlain(Environment.CurrentDirectory);
            // What would fail in every task of the array is said here.
            _ = TaskPython.Described(run).Select(run.Tasks);
            if (EngineFactory.WhyMissing(run, downloads: false) is { } why)
                throw new EvalException(ExitCode.Model, why);
            var submission = new SlurmSubmission(new SlurmFolder(parsed.GetValue(folder)!), run, count, given, TimeProvider.System);
            string done = await submission.SubmitAsync(parsed.GetValue(dryRun), cancellationToken).ConfigureAwait(false);
            await output.WriteAsync($"{done}\n").ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }

    /// <summary>A word in front of the dashes is a mistake, which sbatch would take for the name of a script.</summary>
    private static void RequireBehindDashes(ParseResult parsed, Argument<string[]> sbatch)
    {
        int dashes = parsed.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash).Count();
        int behind = Math.Max(parsed.Tokens.Count - dashes - 1, 0);
        IReadOnlyList<Token> words = parsed.GetResult(sbatch)?.Tokens ?? [];
        if (words.Count > behind)
        {
            throw new EvalException(
                ExitCode.Usage, $"Unrecognized command or argument '{words[0].Value}'; options of sbatch stand behind --.");
        }
    }

    private static Command Status(TextWriter output)
    {
        var folder = new Argument<string>("folder")
        { Description = "Folder that was given to 'submit slurm' as --output", HelpName = "DIR" };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "status",
            $"""
            Prints a line for each part of a submitted run, and one for its merge: finished, running, pending, failed with its last error,
            or lost. The exit code is 0 if all is merged, 14 if parts run or wait, and 13 if something failed or is lost and has to be
            submitted again.

            Examples:
              {Invocation.Command} submit status results/phi
            """) { folder, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            SlurmStatus status = await SlurmStatus.ReadAsync(new SlurmFolder(parsed.GetValue(folder)!), cancellationToken)
                .ConfigureAwait(false);
            await output.WriteAsync(parsed.GetValue(json) ? status.Json() : status.Render()).ConfigureAwait(false);
            return (int)status.ExitCode;
        });
        return command;
    }
}
