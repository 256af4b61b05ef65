using System.CommandLine;
using EvalHarness.Cli.Processes;
using EvalHarness.Files;
using EvalHarness.Nightly;
using EvalHarness.OnnxRuntimeGenAI.Runtime;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness nightly</c>.</summary>
internal static class NightlyCommand
{
    internal static Command Create(TextWriter output, TextWriter error)
    {
        var plan = new Argument<string?>("plan")
        {
            Description = "YAML file with models, tasks, devices, budget and gate",
            HelpName = "PLAN",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var folder = new Option<string>("--output", "-o")
        {
            Description = "Folder in which each night gets a folder",
            HelpName = "DIR",
            DefaultValueFactory = _ => Path.Combine("results", "nightly"),
        };
        var device = new Option<string?>("--device")
        {
            Description = "Device for which run-eval builds the program: cpu, cuda or directml (default: cpu). Give cuda or directml "
                + "if the plan uses that device",
            HelpName = "DEVICE",
        };
        var schema = new Option<bool>("--schema") { Description = "Print the JSON Schema of plans, which editors use for completion" };
        var check = new Option<bool>("--check")
        {
            Description = "Print what a start would do now, and what is wrong with the plan; nothing is started or written",
        };
        var again = new Option<bool>("--again")
        {
            Description = "Measure every run of today's night anew, in new folders; what was measured before stays",
        };
        var quiet = new Option<bool>("--quiet") { Description = "Print only the result" };
        var json = new Option<bool>("--json") { Description = "Print the night as JSON instead of a table" };
        var command = new Command(
            "nightly",
            $"""
            Runs a plan: every model on every device with every entry of tasks. Each run is a separate process under a watchdog, and its
            results go to results/nightly/DATE. After the runs, the gate compares them with a baseline. A run that fails, hangs or crashes
            is tried once more, and does not keep the other runs from starting. An interrupted night continues when the command is started
            again, and so does one with runs on Slurm, which that start collects. After the end of a night, a start on the same day tries
            again what crashed, hung, ran out of time or space, or has errored samples, and runs anew what has other model files, tasks or
            data now. The exit code is 0 for success, 2 for a mistake in the plan, 6 if samples errored, 11 for a regression, 12 for a gate
            that decided nothing or is inconclusive, 13 if runs did not finish, and 14 if another nightly run is in progress.

            Examples:
              {Invocation.Command} nightly nightly.yaml
              {Invocation.Command} nightly nightly.yaml --check
              {Invocation.Command} nightly nightly.yaml --json > night.json
              {Invocation.Command} nightly nightly.yaml --again
              {Invocation.Command} nightly --schema > plan.schema.json
            """) { plan, folder, device, schema, check, again, quiet, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(schema))
            {
                await output.WriteAsync(Schema()).ConfigureAwait(false);
                return (int)ExitCode.Success;
            }

            string file = parsed.GetValue(plan) ?? throw new EvalException(
                ExitCode.Usage, $"the plan is missing: {Invocation.Command} nightly PLAN. See '{Invocation.Command} nightly --help'.");
            if (parsed.GetValue(device) is { } built && built != GenAiRuntime.BuiltFor && built != "cpu")
                throw new EvalException(ExitCode.Model, $"--device {built}: {GenAiRuntime.Advice(built)}");
            string root = parsed.GetValue(folder)!;
            var read = new NightPlan(file);
            RefuseProblems(read, error);
            var live = new LiveLine(HubFetch.ProgressOn(error, parsed.GetValue(quiet)));
            void Say(string text) => live.Above(() => Terminal.Say(error, parsed.GetValue(quiet), text));
            Task<NightOpening> OpenAsync(string? older) =>
                NightOpening.FindAsync(read, root, parsed.GetValue(again), older, cancellationToken);
            var codes = new List<ExitCode>();
            string lockFile = Path.Combine(root, ".lock");
            OutputFile.RequireWritable(lockFile);
            if (parsed.GetValue(check))
            {
                if (IsHeld(lockFile))
                    Say($"{root}: a nightly run is at work here; what follows is what a start would do if it were cut off now");
                foreach (string? older in (string?[])[.. NightOpening.Waiting(read, root), null])
                {
                    NightOpening found = await OpenAsync(older).ConfigureAwait(false);
                    Warn(found, Say);
                    var checkedPlan = new NightlyCheck(found);
                    await output.WriteAsync(parsed.GetValue(json) ? checkedPlan.Json() : checkedPlan.Render()).ConfigureAwait(false);
                    codes.Add(checkedPlan.ExitCode);
                }

                return (int)NightRun.Worst(codes);
            }

            using FileStream held = FileLock.Take(lockFile, keep: true)
                ?? throw new EvalException(
                    ExitCode.AlreadyRunning,
                    $"{root}: another nightly run is at work here; wait until it ends, or choose another --output");
            // What waits for Slurm is collected however old its night is; then today's night begins.
            foreach (string? older in (string?[])[.. NightOpening.Waiting(read, root), null])
            {
                NightOpening opening = await OpenAsync(older).ConfigureAwait(false);
                Warn(opening, Say);
                var night = new NightRun(opening, root, Say, live);
                Say($"night {opening.Folder}");
                try
                {
                    if (!await night.ExecuteAsync(cancellationToken).ConfigureAwait(false))
                        Say("this night is over: nothing to do");
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    live.Clear();
                    string where = parsed.GetResult(folder) is { Implicit: false } ? $" --output {root}" : "";
                    await error.WriteLineAsync($"stopped; continue with: {Invocation.Command} nightly {file}{where}").ConfigureAwait(false);
                    return (int)ExitCode.Interrupted;
                }

                await output.WriteAsync(parsed.GetValue(json) ? night.Json() : night.Summary.Render()).ConfigureAwait(false);
                codes.Add(night.ExitCode);
            }

            return (int)NightRun.Worst(codes);
        });
        return command;
    }

    /// <summary>All mistakes of a plan, a line each.</summary>
    private static void RefuseProblems(NightPlan plan, TextWriter error)
    {
        foreach (string problem in plan.Problems.SkipLast(1))
            error.WriteLine($"error: {Terminal.Visible(problem)}");
        if (plan.Problems is [.., { } last])
            throw new EvalException(ExitCode.Usage, last);
    }

    /// <summary>Whether a night is at work; nothing is written to find out.</summary>
    private static bool IsHeld(string lockFile)
    {
        if (!File.Exists(lockFile))
            return false;
        using FileStream? taken = FileLock.Take(lockFile, keep: true);
        return taken is null;
    }

    private static void Warn(NightOpening opening, Action<string> say)
    {
        foreach (string warning in opening.Warnings)
            say($"warning: {opening.Plan.File}: {warning}");
    }

    internal static string Schema() => SettingsSchema.TextOf<NightlyPlan>("EvalHarness nightly plan") + "\n";
}
