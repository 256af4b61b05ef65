using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.OnnxRuntimeGenAI.Parity;

namespace EvalHarness.Cli.Commands;

/// <summary>
/// What <c>evalharness parity</c> starts in a process of its own for each side. It is no verb for users: it reads a job and writes rows.
/// </summary>
internal static class ParitySideCommand
{
    internal const string Name = "parity-side";

    internal static Command Create(TextWriter output)
    {
        var job = new Option<string>("--job") { Description = "The job, as JSON", HelpName = "FILE", Required = true };
        var result = new Option<string>("--result") { Description = "What was computed, as JSON", HelpName = "FILE", Required = true };
        var command = new Command(Name, "Computes one side of a comparison for parity.") { job, result };
        command.Hidden = true;
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string text = await File.ReadAllTextAsync(parsed.GetValue(job)!, cancellationToken).ConfigureAwait(false);
            ParityJob asked = ResultsJson.Read<ParityJob>(text);
            // What is computed is written after each length: if the next one ends the process, it is not lost.
            void Write(ParityRows rows) => OutputFile
                .WriteAsync(parsed.GetValue(result)!, s => JsonSerializer.SerializeAsync(s, rows, ResultsJson.Line, CancellationToken.None))
                .GetAwaiter()
                .GetResult();
            await Task
                .Run(() => Write(SideRun.Compute(asked, Announce, Write, cancellationToken)), cancellationToken)
                .ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;

        void Announce(int length)
        {
            output.WriteLine(length.ToString(CultureInfo.InvariantCulture));
            output.Flush();
        }
    }
}
