using EvalHarness.Files;
using EvalHarness.Tasks;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace EvalHarness.Results;

/// <summary>
/// What a file of <c>--config</c> asks for: options of a run in YAML, with the keys of lm-evaluation-harness's configuration files where
/// both have the same thing, and the other options of a run under their own names.
/// </summary>
/// <remarks>Source: docs/config_files.md and config/evaluate_config.py of lm-evaluation-harness.</remarks>
internal sealed record RunConfiguration
{
    internal static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> None = new Dictionary<string, IReadOnlyList<string>>();

    private const string Output = "output_path", OwnOutput = "output", PrintPrompts = "write_out", Samples = "log_samples";
    private const string Model = "model", ModelArguments = "model_args", ModelOption = "--model", Pretrained = "pretrained";

    /// <summary>Keys of lm-evaluation-harness that mean nothing here, each with the reason.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["use_cache"] = "the run folder keeps every response, and --resume continues from them",
        ["cache_requests"] = "prompts are made anew in each run, which takes seconds",
        ["check_integrity"] = "'tasks check' checks task files",
        ["max_batch_size"] = "batch_size: auto has a limit of its own",
        ["wandb_args"] = "results are files in the run folder, and are sent nowhere",
        ["wandb_config_args"] = "results are files in the run folder, and are sent nowhere",
        ["trackio_args"] = "results are files in the run folder, and are sent nowhere",
        ["hf_hub_log_args"] = "results are files in the run folder, and are sent nowhere",
        ["show_config"] = "manifest.json in the run folder has all settings",
        ["verbosity"] = "use --quiet on the command line",
        ["trust_remote_code"] = "Python code of models and datasets is never run here",
    };

    /// <summary>Keys of <c>model_args</c> that an option of a run has the same thing for.</summary>
    private static readonly Dictionary<string, string> OfModelArguments = new()
    {
        [Pretrained] = ModelOption,
        ["max_length"] = "--max-length",
        ["add_bos_token"] = "--add-bos-token",
        ["enable_thinking"] = "--enable-thinking",
        ["think_end_token"] = "--think-end-token",
        ["chat_template_args"] = "--chat-template-kwargs",
    };

    private static readonly string[] Keys =
        [.. RunOptions.Declared.Select(o => o.Key), ModelArguments, Output, OwnOutput, Samples, PrintPrompts];

    /// <summary>Option name to values as text.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Options { get; init; }

    /// <summary>The run folder; null where the file names none.</summary>
    public string? OutputFolder { get; init; }

    /// <summary>Whether only the first prompt of each task is printed.</summary>
    public bool WriteOut { get; init; }

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: the file cannot be read, is no YAML, or has a key or value that no run has.
    /// </exception>
    public static RunConfiguration Read(string path)
    {
        try
        {
            string text = File.ReadAllText(path);
            YamlNesting.Check(text);
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            return yaml.Documents is [{ RootNode: YamlMappingNode map }, ..]
                ? new Reader(path).Read(map)
                : throw new EvalException(ExitCode.Usage, $"--config {path}: expected a map from options to values, such as limit: 10");
        }
        catch (YamlException e)
        {
            throw new EvalException(ExitCode.Usage, $"{path}:{e.Start.Line}:{e.Start.Column}: no YAML: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException(
                ExitCode.Usage, $"--config {path}: cannot be read: {EvalException.OneLine(e.Message)}; expected options in YAML", e);
        }
    }

    private sealed class Reader(string path)
    {
        private readonly Dictionary<string, IReadOnlyList<string>> _options = [];

        internal RunConfiguration Read(YamlMappingNode map)
        {
            string? output = null;
            bool writeOut = false;
            var pairs = map.ToDictionary(m => m.Key.ToString());
            foreach ((string key, (YamlNode keyNode, YamlNode value)) in pairs)
            {
                // A configuration that names every key has null, or nothing, where the default is meant.
                if (OptionNode.IsNull(value) || value is YamlMappingNode { Children.Count: 0 })
                    continue;
                switch (key)
                {
                    case ModelArguments:
                        ReadModelArguments(value, pairs.GetValueOrDefault(Model).Value?.ToString());
                        break;
                    case Model when pairs.ContainsKey(ModelArguments):
                        break;
                    case Output or OwnOutput:
                        output = Text(keyNode, value);
                        break;
                    case PrintPrompts:
                        writeOut = Truth(keyNode, value);
                        break;
                    case Samples:
                        // Samples are always written.
                        _ = Truth(keyNode, value);
                        break;
                    default:
                        ReadOption(key, keyNode, value);
                        break;
                }
            }

            return new RunConfiguration { Options = _options, OutputFolder = output, WriteOut = writeOut };
        }

        private void ReadOption(string key, YamlNode keyNode, YamlNode value)
        {
            if (Refused.TryGetValue(key, out string? reason))
            {
                if (value is YamlScalarNode { Value: "false" })
                    return;
                throw Error(keyNode, $"{key} of lm-evaluation-harness means nothing here ({reason}); take the key out");
            }

            DeclaredOption option = RunOptions.Declared.FirstOrDefault(o => o.Key == key)
                ?? throw Error(keyNode, $"there is no option {key}; the nearest is {NearestName.Of(key, Keys).First()}");
            _options[option.Name] = OptionNode.Texts(option, keyNode, value, Error);
        }

        /// <summary>
        /// Takes the model from <c>pretrained</c>, where <c>model</c> names a backend of lm-evaluation-harness, and the options that are
        /// arguments of its backends.
        /// </summary>
        private void ReadModelArguments(YamlNode value, string? model)
        {
            IReadOnlyDictionary<string, object?> arguments = OptionNode.Plain(value) switch
            {
                IReadOnlyDictionary<string, object?> map => map,
                string text => SettingsText.Parse(ModelArguments, text, "pretrained=models/phi-4-mini-int4"),
                _ => throw Error(value, $"{ModelArguments}: expected a map of keys, or a text of KEY=VALUE"),
            };
            foreach ((string key, object? argument) in arguments.Where(a => a.Value is not null))
            {
                if (!OfModelArguments.TryGetValue(key, out string? name))
                {
                    throw Error(
                        value,
                        $"{ModelArguments}: {key} means nothing here; those that do are {string.Join(", ", OfModelArguments.Keys)}");
                }

                string text = argument is bool flag ? flag ? "true" : "false" : new FreeValue(argument).ToString();
                if (RunOptions.Named(name).Problem(text) is { } expected)
                    throw Error(value, $"{ModelArguments}: {key}: {text}: expected {expected}");
                _options[name] = [text];
            }

            bool isBackend = model is not null && !model.Contains('/', StringComparison.Ordinal) && !Directory.Exists(model);
            if (!_options.TryGetValue(ModelOption, out IReadOnlyList<string>? pretrained))
            {
                if (model is not null)
                    _options[ModelOption] = [model];
            }
            else if (model is not null && !isBackend)
            {
                throw Error(
                    value,
                    $"{ModelArguments}: {Pretrained} is {pretrained[0]}, and {Model} is {model}; expected one of them, or a backend of "
                    + "lm-evaluation-harness such as hf as the model");
            }
        }

        private string Text(YamlNode key, YamlNode value) => value is YamlScalarNode { Value: { } text }
            ? text
            : throw Error(key, $"{key}: expected one value, found {OptionNode.Found(value)}");

        private bool Truth(YamlNode key, YamlNode value) => OptionNode.Plain(value) is bool truth
            ? truth
            : throw Error(key, $"{key}: expected true or false, found {OptionNode.Found(value)}");

        private EvalException Error(YamlNode node, string message) =>
            new(ExitCode.Usage, $"{path}:{node.Start.Line}:{node.Start.Column}: {message}");
    }
}
