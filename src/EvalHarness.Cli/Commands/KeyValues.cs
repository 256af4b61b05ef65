using System.CommandLine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;

namespace EvalHarness.Cli.Commands;

/// <summary>Options that are given as KEY=VALUE, any number of times.</summary>
internal static class KeyValues
{
    internal static Option<string[]> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "KEY=VALUE",
    };

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: a value is not KEY=VALUE, or a key comes twice.</exception>
    internal static Dictionary<string, string> Read(Option<string[]> option, ParseResult parsed)
    {
        var read = new Dictionary<string, string>();
        foreach (string pair in parsed.GetValue(option) ?? [])
        {
            int at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at < 1 || at == pair.Length - 1 || !read.TryAdd(pair[..at], pair[(at + 1)..]))
                throw new EvalException(ExitCode.Usage, $"{option.Name} {pair}: expected KEY=VALUE, each key once");
        }

        return read;
    }

    /// <summary>As <see cref="Read"/>, for options of ONNX Runtime's session.</summary>
    internal static Dictionary<string, string> ReadSession(Option<string[]> option, ParseResult parsed)
    {
        Dictionary<string, string> read = Read(option, parsed);
        foreach (string name in read.Keys)
            SessionSettings.Require(option.Name, name);
        return read;
    }
}
