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
            Description = "YAML file: models, tasks, devices, budget, gate",
            HelpName = "PLAN",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var folder = new Option<string>("--output")
        {
            Description = "Folder of all nights",
            HelpName = "DIR",
            DefaultValueFactory = _ => Path.Combine("results", "nightly"),
        };
        var device = new Option<string?>("--device")
        {
            Description = "Largest device of the plan, for which run-eval builds: cpu, cuda or directml (default: cpu)",
            HelpName = "DEVICE",
        };
        var schema = new Option<bool>("--schema") { Description = "Print the JSON Schema of plans, for editors" };
        var quiet = new Option<bool>("--quiet") { Description = "Nothing but the result" };
        var json = new Option<bool>("--json") { Description = "The night as JSON" };
        var command = new Command(
            "nightly",
            $"""
            Runs a plan: every model on every device through every list of tasks, each run in a process of its own under a watchdog, into
            results/nightly/DATE; then the gate. What fails, hangs or crashes is retried once and keeps nothing else from running. Started
            again it goes on where it was, and does nothing where all is done. Exit code 0 fine, 11 regression, 12 inconclusive, 13 runs did
            not finish, 14 another night is at work.

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
                    ExitCode.AlreadyRunning, $"{root}: another nightly run is at work here; wait for its end, or choose another --output");
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
