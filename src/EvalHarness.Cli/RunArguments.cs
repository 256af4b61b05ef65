using System.CommandLine;
using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Cli;

/// <summary>The options of <see cref="RunOptions"/> that a verb takes on its command line.</summary>
internal sealed class RunArguments
{
    private readonly Dictionary<DeclaredOption, Option> _options;
    private readonly bool _isRun;

    private RunArguments(Func<DeclaredOption, bool> fits, bool isRun)
    {
        _isRun = isRun;
        _options = RunOptions.Declared
            .Where(fits)
            .ToDictionary(o => o, o => Create(o, several: o.IsList || (isRun && o.Name == "--model")));
    }

    /// <summary>All options; <c>--model</c> may be given several times, and <c>--device</c> may name several devices.</summary>
    internal static RunArguments Whole() => new(_ => true, isRun: true);

    internal static RunArguments Only(params string[] names) => new(o => names.Contains(o.Name), isRun: false);

    internal static RunArguments Without(params string[] names) => new(o => !o.IsOfOneRun && !names.Contains(o.Name), isRun: false);

    internal IEnumerable<Option> All => _options.Values;

    /// <summary>Says of an option what it does in this verb, where that is not what it does in a run.</summary>
    internal RunArguments WithHelp(string name, string help)
    {
        _options[RunOptions.Named(name)].Description = help;
        return this;
    }

    private static Option Create(DeclaredOption option, bool several)
    {
        Option created = option.IsSwitch ? new Option<bool>(option.Name)
            : several ? new Option<string[]>(option.Name)
            : new Option<string?>(option.Name)
            { Arity = option.ValueIsOptional ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne };
        created.Description = several && !option.IsList
            ? $"{option.Help}; several are run in turn and compared with the first"
            : option.Help;
        created.HelpName = option.Value;
        if (option.Short is { } name)
            created.Aliases.Add(name);
        return created;
    }

    /// <summary>The options that the command line or a file of <c>--config</c> gives, by name, with their values as text.</summary>
    internal Dictionary<string, IReadOnlyList<string>> Given(ParseResult parsed, RunConfiguration? configuration = null)
    {
        var given = new Dictionary<string, IReadOnlyList<string>>(configuration?.Options ?? RunConfiguration.None);
        foreach ((DeclaredOption declared, Option option) in _options)
        {
            // The command line wins over the file.
            if (Texts(parsed, option) is { Length: > 0 } texts)
                given[declared.Name] = texts;
        }

        return given;
    }

    /// <summary>
    /// Reads the options of a run. One that the command line does not give has the value that it had in the resumed run, or its default.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: a value is wrong.</exception>
    internal RunOptions Read(ParseResult parsed, RunOptions? earlier = null, RunConfiguration? configuration = null)
    {
        // A verb without --apply-chat-template finds out by other means whether there is a template.
        bool decidesTemplate = _options.Keys.Any(o => o.Name == "--apply-chat-template");
        var options = RunOptions.Of(Given(parsed, configuration), earlier, mayHaveTemplate: !decidesTemplate);
        return _isRun || options.DeviceIds.Count <= 1
            ? options
            : throw new EvalException(
                ExitCode.Usage,
                $"--device {new DeviceChoice(options.Device, options.DeviceIds)}: {parsed.CommandResult.Command.Name} computes on one "
                + "device; name one (only 'run' takes several)");
    }

    /// <summary>Does the same as <see cref="Read"/> for a verb that requires a model, and requires tasks if it takes them.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: a value is wrong, or <c>--model</c> or <c>--tasks</c> is missing.
    /// </exception>
    internal RunOptions ReadWhole(ParseResult parsed, RunOptions? earlier = null, RunConfiguration? configuration = null)
    {
        RunOptions options = Read(parsed, earlier, configuration);
        if (options.Model.Length == 0)
            throw Missing(parsed, "--model is missing: a folder with genai_config.json, a GGUF file, or replay:FILE.");
        return options.Tasks.Count > 0 || _options.Keys.All(o => o.Name != "--tasks")
            ? options
            : throw Missing(parsed, "--tasks is missing: names separated by commas.");
    }

    private static EvalException Missing(ParseResult parsed, string what) =>
        new(ExitCode.Usage, $"{what} See '{Invocation.Command} {parsed.CommandResult.Command.Name} --help'.");

    private static string[] Texts(ParseResult parsed, Option option) => option switch
    {
        Option<bool> flag => parsed.GetValue(flag) ? ["true"] : [],
        Option<string[]> many => parsed.GetValue(many) ?? [],
        Option<string?> one when parsed.GetValue(one) is { } text => [text],
        // An option whose value may be left out, without one.
        Option<string?> one => parsed.GetResult(one) is { Implicit: false } ? ["true"] : [],
        _ => throw new InvalidOperationException($"{option.Name} has the unexpected type {option.ValueType}"),
    };
}
