using System.CommandLine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Results;

namespace EvalHarness.Cli.Commands;

/// <summary><c>--base-device</c>, for verbs that compute with two models or on two devices.</summary>
internal static class BaseDevice
{
    /// <param name="standard">What it is where it is not given, in words.</param>
    internal static Option<string?> Option(string standard) => new("--base-device")
    {
        Description = $"Device of the base, as --device names them; by default {standard}",
        HelpName = RunOptions.Named(RunOptions.DeviceOption).Value,
    };

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: it names no device, or several.</exception>
    internal static GenAiOptions Read(ParseResult parsed, Option<string?> option, string standard)
    {
        DeviceChoice choice = Parse(parsed.GetValue(option) ?? standard);
        return choice.Ids.Count <= 1
            ? new GenAiOptions
            {
                Device = choice.Kind,
                DeviceId = choice.Ids is [var id] ? id : null,
            }
            : throw new EvalException(ExitCode.Usage, $"{option.Name} {choice}: the base computes on one device; name one");
    }

    private static DeviceChoice Parse(string text)
    {
        try
        {
            return DeviceChoice.Parse(text);
        }
        catch (EvalException e)
        {
            throw new EvalException(e.ExitCode, e.Message.Replace("--device", "--base-device", StringComparison.Ordinal), e);
        }
    }
}
