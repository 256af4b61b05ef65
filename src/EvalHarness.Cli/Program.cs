using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using EvalHarness.Cli.Commands;
using EvalHarness.Cli.Processes;

namespace EvalHarness.Cli;

/// <summary>The program: verbs, errors in one line, exit codes.</summary>
public static class Program
{
    public static async Task<int> Main(string[] args)
    {
        ParentWatch.Start();
        using var interrupt = new CancellationTokenSource();
        // The first signal stops cleanly; a second one ends the process at once, as the system does. What comes together with the
        // first is the same one: a terminal sends Ctrl-C to a run and to the matrix that started it, which passes it on.
        long first = 0;
        void Stop(PosixSignalContext context)
        {
            long now = TimeProvider.System.GetTimestamp();
            first = first == 0 ? now : first;
            context.Cancel = TimeProvider.System.GetElapsedTime(first, now) < TimeSpan.FromSeconds(1);
            interrupt.Cancel();
        }

        using PosixSignalRegistration interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return await RunAsync(args, Console.Out, Console.Error, interrupt.Token).ConfigureAwait(false);
    }

    internal static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        // A plain command, because RootCommand takes its name from the assembly, and usage lines show how the program was started, unless
        // that has a space in it, which no name may have.
        var root = new Command(
            Invocation.Command.Contains(' ', StringComparison.Ordinal) ? "evalharness" : Invocation.Command,
            """
            Evaluates language models in ONNX Runtime GenAI format on this machine: MMLU, GSM8K, HumanEval and tasks of your own.

            Exit codes: 0 done, 2 command line, 3 task, 4 data, 5 model, 6 done but some samples errored, 7 result files,
            8 something missing here (interpreter, sandbox, permission, plugin), 9 resume refused, 10 runs that cannot be compared,
            11 the gate found a regression, 12 the gate could not decide, 13 a night with unfinished runs, 14 a night is running already,
            15 hub, 16 score not reproduced, 130 stopped by Ctrl-C; 1 is a bug in EvalHarness.
            """) { new HelpOption { Recursive = true }, new VersionOption() };
        root.Subcommands.Add(QuickstartCommand.Create(output, error));
        root.Subcommands.Add(RunCommand.Create(output, error, args));
        root.Subcommands.Add(FetchCommand.Create(output, error));
        root.Subcommands.Add(ListCommand.Create(output, error));
        root.Subcommands.Add(TasksCommand.Create(output));
        root.Subcommands.Add(ImportCommand.Create(output, error, args));
        root.Subcommands.Add(ShowCommand.Create(output));
        root.Subcommands.Add(CompareCommand.Create(output));
        root.Subcommands.Add(NightlyCommand.Create(output, error));
        root.Subcommands.Add(GateCommand.Create(output));
        root.Subcommands.Add(NoiseCommand.Create(output, error));
        root.Subcommands.Add(HistoryCommand.Create(output, error));
        root.Subcommands.Add(ReproduceCommand.Create(output, error));
        root.Subcommands.Add(GapCommand.Create(output));
        root.Subcommands.Add(ReportCommand.Create(output));
        root.Subcommands.Add(DivergenceCommand.Create(output, error));
        root.Subcommands.Add(InspectCommand.Create(output));
        root.Subcommands.Add(BenchCommand.Create(output));
        root.Subcommands.Add(DoctorCommand.Create(output));
        try
        {
            ParseResult parsed = root.Parse(Spelling.Translate(args, root));
            if (parsed.Action is not HelpAction && Mistake(parsed) is { } mistake)
                throw new EvalException(ExitCode.Usage, $"{mistake} See '{string.Join(' ', Path(parsed.CommandResult))} --help'.");
            var configuration = new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
        catch (EvalException e)
        {
            await error.WriteLineAsync($"error: {Terminal.Visible(e.Message)}").ConfigureAwait(false);
            return (int)e.ExitCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await error.WriteLineAsync("stopped").ConfigureAwait(false);
            return (int)ExitCode.Interrupted;
        }
#pragma warning disable CA1031 // The last stop: a bug ends with its own exit code and its stack.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await error.WriteLineAsync($"error: this is a bug in EvalHarness; please report it with the lines below\n{e}").ConfigureAwait(false);
            return (int)ExitCode.Bug;
        }
    }

    /// <summary>The first mistake on the command line, or null.</summary>
    private static string? Mistake(ParseResult parsed)
    {
        // Without this System.CommandLine says that a command is missing.
        if (parsed.CommandResult.Parent is null && parsed.UnmatchedTokens is [{ } word, ..])
            return $"Unrecognized command or argument '{word}'.";
        if (parsed.Errors.Count > 0)
            return parsed.Errors[0].Message;
        // No file, folder, name or number is empty; mostly a variable of the user's script is.
        IEnumerable<CommandResult> verbs = [parsed.CommandResult, .. parsed.CommandResult.Parent is CommandResult parent ? [parent] : (CommandResult[])[]];
        SymbolResult? empty = verbs.SelectMany(v => v.Children).FirstOrDefault(r => r.Tokens.Any(t => t.Value.Length == 0));
        return empty switch
        {
            OptionResult { Option: { HelpName: not "TEXT" } option } => $"{option.Name} has an empty value; expected {option.HelpName}.",
            ArgumentResult { Argument: var argument } => $"{argument.HelpName ?? argument.Name} is empty; expected one that is not.",
            _ => null,
        };
    }

    /// <summary>What was typed up to a command: the program, then its verbs.</summary>
    private static IEnumerable<string> Path(CommandResult command) => command.Parent is CommandResult parent ? [.. Path(parent), command.Command.Name] : [Invocation.Command];
}
