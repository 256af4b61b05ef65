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
        var quiet = new Option<bool>("--quiet") { Description = "Print only the result" };
        var json = new Option<bool>("--json") { Description = "Print the night as JSON instead of a table" };
        var command = new Command(
            "nightly",
            $"""
            Runs a plan: every model on every device with every entry of tasks. Each run is a separate process under a watchdog, and its
            results go to results/nightly/DATE. After the runs, the gate compares them with a baseline. A run that fails, hangs or crashes
            is tried once more, and does not keep the other runs from starting. An interrupted night continues when the command is started
            again. The exit code is 0 for success, 6 if samples errored, 11 for a regression, 12 for a gate that decided nothing or is
            inconclusive, 13 if runs did not finish, and 14 if another nightly run is in progress.

            Examples:
              {Invocation.Command} nightly nightly.yaml
              {Invocation.Command} nightly nightly.yaml --json > night.json
              {Invocation.Command} nightly --schema > plan.schema.json
            """) { plan, folder, device, schema, quiet, json };
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
            using FileStream held = FileLock.Take(Path.Combine(root, ".lock"), keep: true)
                ?? throw new EvalException(
                    ExitCode.AlreadyRunning,
                    $"{root}: another nightly run is at work here; wait until it ends, or choose another --output");
            void Say(string text) => Terminal.Say(error, parsed.GetValue(quiet), text);
            NightRun night = await NightRun.OpenAsync(file, root, Say, cancellationToken).ConfigureAwait(false);
            Say($"night {night.Folder}");
            try
            {
                if (!await night.ExecuteAsync(cancellationToken).ConfigureAwait(false))
                    Say("this night is over: nothing to do");
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                await error.WriteLineAsync($"stopped; continue with: {Invocation.Command} nightly {file}").ConfigureAwait(false);
                return (int)ExitCode.Interrupted;
            }

            string text = parsed.GetValue(json) ? night.Json() : night.Summary.Render();
            await output.WriteAsync(text).ConfigureAwait(false);
            return (int)night.ExitCode;
        });
        return command;
    }

    internal static string Schema() => SettingsSchema.TextOf<NightlyPlan>("EvalHarness nightly plan") + "\n";
}
