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
        ILookup<string, Option> known = Options(root)
            .SelectMany(option => option.Aliases.Append(option.Name).Select(name => (Name: name, Option: option)))
            .ToLookup(o => o.Name, o => o.Option);
        var translated = new List<string>();
        bool isValue = false;
        foreach (string argument in args)
        {
            IEnumerable<string> tokens = isValue ? [argument] : Translate(argument, known);
            translated.AddRange(tokens);
            // What follows an option that takes a value is that value, whatever it looks like.
            isValue = !isValue
                && known[translated[^1]].Any()
                && !known[translated[^1]].Any(o => o.ValueType == typeof(bool) || o.Arity.MinimumNumberOfValues == 0);
        }

        return [.. translated];
    }

    /// <summary>One or two tokens: <c>--name=</c> is the name and an empty value; the parser would take the next token.</summary>
    private static string[] Translate(string argument, ILookup<string, Option> known)
    {
        if (!argument.StartsWith("--", StringComparison.Ordinal))
            return [argument];
        int end = argument.IndexOf('=', StringComparison.Ordinal) is var equals and >= 0 ? equals : argument.Length;
        string name = argument[..end].Replace('_', '-');
        name = OtherNames.GetValueOrDefault(name, name);
        if (!known[name].Any())
            return [argument];
        return argument[end..] == "=" ? [name, ""] : [name + argument[end..]];
    }

    private static IEnumerable<Option> Options(Command command) => command.Options.Concat(command.Subcommands.SelectMany(Options));
}
