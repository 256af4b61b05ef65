using System.CommandLine;

namespace EvalHarness.Cli;

/// <summary>
/// Accepts the option names of lm-evaluation-harness, so that its commands can be pasted: <c>--num_fewshot</c> becomes
/// <c>--num-fewshot</c>, and <c>--output_path</c> becomes <c>--output</c>. The names are translated before parsing, and <c>--help</c>
/// does not show them.
/// </summary>
internal static class Spelling
{
    private static readonly Dictionary<string, string> OtherNames = new() { ["--output-path"] = "--output" };

    /// <param name="args">The program's arguments.</param>
    /// <param name="root">The root command, whose subcommands have the known options.</param>
    internal static string[] Translate(string[] args, Command root)
    {
        HashSet<string> known = [.. Options(root).Select(o => o.Name)];
        return [.. args.Select(argument => Translate(argument, known))];
    }

    private static string Translate(string argument, HashSet<string> known)
    {
        if (!argument.StartsWith("--", StringComparison.Ordinal) || !argument.Contains('_', StringComparison.Ordinal))
            return argument;
        int end = argument.IndexOf('=', StringComparison.Ordinal) is var equals and >= 0 ? equals : argument.Length;
        string name = argument[..end].Replace('_', '-');
        name = OtherNames.GetValueOrDefault(name, name);
        return known.Contains(name) ? name + argument[end..] : argument;
    }

    private static IEnumerable<Option> Options(Command command) => command.Options.Concat(command.Subcommands.SelectMany(Options));
}
