using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using EvalHarness.Cli.Commands;
using EvalHarness.Cli.Processes;

namespace EvalHarness.Cli;

/// <summary>The entry point: it runs a verb, prints an error as one line, and returns an exit code.</summary>
public static partial class Program
{
    public static async Task<int> Main(string[] args)
    {
        ParentWatch.Start();
        using var interrupt = new CancellationTokenSource();
        // The first signal stops the command cleanly, and a second one ends the process at once. Signals within a second of the first
        // count as the same one, because a terminal sends Ctrl-C both to a child process and to its parent, which passes it on.
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
        // This is not a RootCommand, because that takes its name from the assembly, while usage lines should show how the program was
        // started. A command's name must not contain a space, so a path with a space is not shown.
        var root = new Command(
            Invocation.Command.Contains(' ', StringComparison.Ordinal) ? "evalharness" : Invocation.Command,
            """
            Evaluates language models in ONNX Runtime GenAI format on this machine, on MMLU, GSM8K, HumanEval and your own tasks.

            Exit codes:
                0  success
                1  a bug in EvalHarness
                2  a mistake on the command line, or in a plan, rules or price file
                3  a task is unknown, or its file is wrong
                4  a dataset is missing or damaged
                5  the model or the device cannot be used
                6  the run finished, but some samples failed with an error
                7  result files cannot be read or written
                8  an interpreter, a sandbox, a plugin or the permission to run code is missing
                9  going on was refused, because the model, judge, data, tasks or options changed
               10  the runs cannot be compared
               11  the gate found a regression
               12  the gate could not decide
               13  a nightly plan ended with unfinished runs, or parts of a submitted run failed
               14  another nightly run is in progress, or a submitted run is not done yet
               15  the Hugging Face hub cannot be reached, or refused a request
               16  a published score was not reproduced
               17  --max-cost was reached; --resume continues
               18  the parts of a run cannot be joined
               19  parity: the two sides do not compute the same
              130  stopped by Ctrl-C
            """) { new HelpOption { Recursive = true }, new VersionOption() };
        root.Subcommands.Add(QuickstartCommand.Create(output, error));
        root.Subcommands.Add(RunCommand.Create(output, error, args));
        root.Subcommands.Add(FetchCommand.Create(output, error));
        root.Subcommands.Add(ListCommand.Create(output, error));
        root.Subcommands.Add(TasksCommand.Create(output));
        root.Subcommands.Add(DocumentsCommand.Create(output, error));
        root.Subcommands.Add(ImportCommand.Create(output, error, args));
        root.Subcommands.Add(MergeCommand.Create(output, error, args));
        root.Subcommands.Add(ShowCommand.Create(output));
        root.Subcommands.Add(CompareCommand.Create(output));
        root.Subcommands.Add(NightlyCommand.Create(output, error));
        root.Subcommands.Add(GateCommand.Create(output));
        root.Subcommands.Add(NoiseCommand.Create(output, error));
        root.Subcommands.Add(CulpritCommand.Create(output, error));
        root.Subcommands.Add(HistoryCommand.Create(output, error));
        root.Subcommands.Add(SubmitCommand.Create(output));
        root.Subcommands.Add(ReproduceCommand.Create(output, error));
        root.Subcommands.Add(GapCommand.Create(output));
        root.Subcommands.Add(ArenaCommand.Create(output, error, args));
        root.Subcommands.Add(ReportCommand.Create(output));
        root.Subcommands.Add(DivergenceCommand.Create(output, error));
        root.Subcommands.Add(ParityCommand.Create(output, error));
        root.Subcommands.Add(ParitySideCommand.Create(output));
        root.Subcommands.Add(ReceiptCommand.Create(output, error));
        root.Subcommands.Add(InspectCommand.Create(output));
        root.Subcommands.Add(TokenizerCommand.Create(output));
        root.Subcommands.Add(BenchCommand.Create(output));
        root.Subcommands.Add(DoctorCommand.Create(output));
        try
        {
            ParseResult parsed = root.Parse(Spelling.Translate(args, root), new ParserConfiguration { ResponseFileTokenReplacer = null });
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
#pragma warning disable CA1031 // Any other exception is a bug, which is reported with its stack trace and an exit code.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await error
                .WriteLineAsync($"error: this is a bug in EvalHarness; please report it with the lines below\n{e}")
                .ConfigureAwait(false);
            return (int)ExitCode.Bug;
        }
    }

    /// <summary>The message for the first mistake on the command line, or null if there is none.</summary>
    private static string? Mistake(ParseResult parsed)
    {
        // System.CommandLine would report a missing command instead of the unknown word.
        if (parsed.CommandResult.Parent is null && parsed.UnmatchedTokens is [{ } word, ..])
            return $"Unrecognized command or argument '{word}'.";
        if (parsed.Errors.Count > 0)
            return WholeNumber().Replace(parsed.Errors[0].Message, ": expected a whole number.");
        // An empty file name, folder or number usually comes from an unset variable in the user's script.
        IEnumerable<CommandResult> verbs =
            [parsed.CommandResult, .. parsed.CommandResult.Parent is CommandResult parent ? [parent] : (CommandResult[])[]];
        SymbolResult? empty = verbs.SelectMany(v => v.Children).FirstOrDefault(r => r.Tokens.Any(t => t.Value.Length == 0));
        return empty switch
        {
            OptionResult { Option: { HelpName: not "TEXT" } option } =>
                $"{option.Name} has an empty value; expected {option.HelpName}.",
            ArgumentResult { Argument: var argument } => $"{argument.HelpName ?? argument.Name} is empty; expected a value.",
            _ => null,
        };
    }

    /// <summary>The words that lead to a command: the program, then its verbs.</summary>
    private static IEnumerable<string> Path(CommandResult command) =>
        command.Parent is CommandResult parent ? [.. Path(parent), command.Command.Name] : [Invocation.Command];

    /// <summary>The parser's words for a wrong number, which name a type of .NET.</summary>
    [GeneratedRegex(@" as expected type '[^']*Int(32|64)[^']*'\.")]
    private static partial Regex WholeNumber();
}
