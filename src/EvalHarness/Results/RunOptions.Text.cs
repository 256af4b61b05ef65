using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using EvalHarness.Data.Hub;
using EvalHarness.Files;
using EvalHarness.Tasks;
using Settings = EvalHarness.Tasks.GenerationSettings;

namespace EvalHarness.Results;

/// <content>Options as text, and the identity that follows from them.</content>
public sealed partial record RunOptions
{
    /// <summary>Digits of <see cref="Hash"/>: enough to tell the runs of one folder apart.</summary>
    private const int HashDigits = 8;

    private const string SeedOption = "--seed";

    /// <summary>What a model that is an endpoint begins with.</summary>
    internal const string EndpointPrefix = "openai:";

    internal const string AutoTokenizer = "auto", RuntimeTokenizer = "genai";

    private static readonly string[] OfEndpoints =
        ["--allow-network", "--api-key-from", "--concurrency", "--request-timeout", "--max-cost"];

    private static readonly string[] OfTaskCode = ["--allow-task-code", "--sandbox", "--confirm-run-unsafe-code"];

    private static readonly string[] OfDecisions = ["--against", "--flips-from", "--false-alarms", "--decide-seed"];

    private static readonly string[] OfTemplates = ["--chat-template-kwargs", "--enable-thinking", "--template-date"];

    /// <summary>All options of a run, in the order of <c>--help</c>.</summary>
    internal static IReadOnlyList<DeclaredOption> Declared { get; } = DeclaredOption.Of(typeof(RunOptions));

    /// <exception cref="KeyNotFoundException">There is no such option: a mistake in the program.</exception>
    internal static DeclaredOption Named(string name) =>
        Declared.FirstOrDefault(o => o.Name == name) ?? throw new KeyNotFoundException($"there is no option {name}");

    /// <summary>What is given, else what the resumed run had, else the defaults.</summary>
    /// <param name="given">Option name to values as text.</param>
    /// <param name="earlier">The options of the run that is resumed; null for a new run.</param>
    /// <param name="mayHaveTemplate">Whether a chat template may be applied although the option is not given.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: a value is wrong, or two options contradict each other.</exception>
    public static RunOptions Of(IReadOnlyDictionary<string, IReadOnlyList<string>> given, RunOptions? earlier, bool mayHaveTemplate = false)
    {
        RunOptions options = earlier is null ? new RunOptions { Model = "", Tasks = [] } : earlier with { };
        foreach ((string name, IReadOnlyList<string> texts) in given.Where(option => option.Key != DeviceOption))
            Named(name).Set(options, texts);
        if (given.GetValueOrDefault(DeviceOption) is [.., { } device])
            options = options.On(DeviceChoice.Parse(device));
        // On the CPU a batch size chosen by measurement would make numbers depend on how busy the machine was.
        if (earlier is null && !given.ContainsKey("--batch-size") && options.Device == "cpu")
            options = options with { BatchSize = 1 };
        if (given.ContainsKey("--fewshot-as-multiturn") && options is { FewShotAsMultiturn: true, ApplyChatTemplate: false })
        {
            throw new EvalException(
                ExitCode.Usage, "--fewshot-as-multiturn true needs --apply-chat-template: without a template there are no turns");
        }

        // In one form each, so that equal settings are equal; the indices of a file too, so that a run can be repeated without the file.
        if (given.ContainsKey("--gen-kwargs"))
            options = options with { GenerationSettings = Settings.ToJson(Settings.Parse(options.GenerationSettings!)) };
        if (given.ContainsKey("--metadata"))
            options = options with { Metadata = new FreeValue(TaskMetadata.Parse(options.Metadata!)).ToJson() };
        if (given.ContainsKey(SeedOption))
            options = options with { Seed = RunSeeds.Parse(options.Seed).ToString() };
        if (given.ContainsKey("--chat-template-kwargs"))
            options = options with { ChatTemplateArguments = TemplateArguments.Normal(options.ChatTemplateArguments!) };
        if (given.ContainsKey("--template-date"))
            _ = TemplateArguments.Date(options.TemplateDate!);
        bool hasTemplate = options.ApplyChatTemplate || mayHaveTemplate;
        if (given.Keys.FirstOrDefault(OfTemplates.Contains) is { } templateOption && !hasTemplate)
            throw new EvalException(ExitCode.Usage, $"{templateOption} needs --apply-chat-template: it changes the template's text alone");
        if (given.ContainsKey("--samples"))
            options = options with { Samples = SampleIndices.Read(options.Samples!).ToJson() };
        bool isTakenUp = earlier is { Limit: not null } or { Samples: not null };
        if (options is { Samples: not null, Limit: not null } && !isTakenUp)
            throw new EvalException(ExitCode.Usage, "--limit and --samples together: --samples names the documents already; leave one out");
        CheckModelId(given, options);
        if (given.ContainsKey(AdapterOption))
            options = options with { Adapters = AdaptersOf(options) };
        CheckAdapters(given, options);
        CheckPart(given, options);
        CheckDecision(given, options);
        CheckEndpoint(given, options);
        CheckTokenizer(given, options);
        return options.BootstrapIterations != 1
            ? options
            : throw new EvalException(ExitCode.Usage, "--bootstrap-iters 1: expected 0, or 2 and more");
    }

    /// <summary>Points that --decide allows to be lost; null where all documents are asked.</summary>
    [JsonIgnore]
    internal double? DecidePoints => Decide is null ? null : double.Parse(Decide, NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>The probability that any verdict of --decide is wrong.</summary>
    [JsonIgnore]
    internal double FalseAlarmShare =>
        FalseAlarms is null ? DefaultFalseAlarms : double.Parse(FalseAlarms, NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>The part of the run that is computed; null for all of it.</summary>
    [JsonIgnore]
    internal RunPart? Part => Shard is null ? null : RunPart.Parse(Shard);

    private static void CheckModelId(IReadOnlyDictionary<string, IReadOnlyList<string>> given, RunOptions options)
    {
        if (options.ModelId is not { } id)
            return;
        if (!HubRepository.IsFullName(id))
            throw new EvalException(ExitCode.Usage, $"--model-id {id}: expected ORG/NAME as on the hub, such as Qwen/Qwen3-0.6B");
        if (given.GetValueOrDefault("--model") is { Count: > 1 })
            throw new EvalException(ExitCode.Usage, "--model-id and several --model together: one name is of one model; give one --model");
        if (given.ContainsKey(AdapterOption))
        {
            throw new EvalException(
                ExitCode.Usage,
                $"--model-id and {AdapterOption} together: one name is of one model, and the model alone is run too; give a finished run "
                + $"its name with: {Invocation.Command} run --resume FOLDER --model-id {id}");
        }
    }

    /// <summary>Refuses what needs the whole run, or what parts would do differently.</summary>
    private static void CheckPart(IReadOnlyDictionary<string, IReadOnlyList<string>> given, RunOptions options)
    {
        if (options.Part is null)
            return;
        string? problem = given.GetValueOrDefault("--model") is { Count: > 1 } ? "several --model together: give one --model"
            : options.Decide is not null ? "--decide together: a decision looks at the whole run"
            : options.Adapters.Count > 0 ? $"{AdapterOption} together: each adapter is a run of its own; give one of the two"
            : options.MaxCost is not null ? "--max-cost together: each part would spend it; leave --max-cost out"
            : options.BatchSize is null
                ? "--batch-size auto together: each part would measure rates of its own and choose its own batches; give --batch-size N"
            : null;
        if (problem is not null)
            throw new EvalException(ExitCode.Usage, $"--shard and {problem}");
    }

    private static void CheckDecision(IReadOnlyDictionary<string, IReadOnlyList<string>> given, RunOptions options)
    {
        if (options.Decide is { } points && !IsNumber(points, above: 0, most: 100))
            throw new EvalException(ExitCode.Usage, $"--decide {points}: expected points (hundredths), above 0 and up to 100, such as 1.0");
        if (options.FalseAlarms is { } share && !IsNumber(share, above: 0, most: 0.5))
            throw new EvalException(ExitCode.Usage, $"--false-alarms {share}: expected a share above 0 and up to 0.5, such as 0.05");
        if (options is { Decide: not null, Against: null })
            throw new EvalException(ExitCode.Usage, "--decide needs --against: the finished run that this one is compared with");
        if (options.Decide is not null && given.GetValueOrDefault("--model") is { Count: > 1 })
            throw new EvalException(ExitCode.Usage, "--decide and several --model together: --against is the other one; give one --model");
        if (options is { Decide: not null, Adapters.Count: > 0 })
        {
            throw new EvalException(
                ExitCode.Usage,
                $"--decide and {AdapterOption} together: adapters are compared with a whole run of their model; leave --decide out");
        }

        if (options is { Decide: not null, PredictOnly: true })
            throw new EvalException(ExitCode.Usage, "--decide and --predict-only together: answers that are not graded decide nothing");
        if (options.Decide is null && given.Keys.FirstOrDefault(OfDecisions.Contains) is { } idle)
            throw new EvalException(ExitCode.Usage, $"{idle} needs --decide, without which all documents are asked");
    }

    private static bool IsNumber(string text, double above, double most) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
        && number > above && number <= most;

    /// <summary>Refuses options that would do nothing, and those of endpoints whose form is wrong.</summary>
    private static void CheckEndpoint(IReadOnlyDictionary<string, IReadOnlyList<string>> given, RunOptions options)
    {
        string[] judges = options.Judge is { } judge ? [judge] : [];
        IReadOnlyList<string> models = [.. given.GetValueOrDefault("--model") ?? [options.Model], .. judges];
        foreach (string endpoint in models.Where(IsEndpoint))
        {
            if (Uri.TryCreate(endpoint[EndpointPrefix.Length..], UriKind.Absolute, out Uri? address) && AddressSecrets.AreIn(address))
                throw AddressSecrets.Refuse(address);
        }

        if (given.Keys.FirstOrDefault(OfEndpoints.Contains) is { } idle && options.Model.Length > 0 && !models.Any(IsEndpoint))
        {
            throw new EvalException(
                ExitCode.Usage,
                $"{idle} is for endpoints (--model {EndpointPrefix}URL#MODEL) and does nothing for {options.Model}; leave it out");
        }

        if (options.ApiKeyFrom is { } name && (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')))
        {
            // What is given is not repeated: it may be the key itself.
            throw new EvalException(
                ExitCode.Usage,
                "--api-key-from: expected the name of an environment variable, such as MY_API_KEY, and never the key itself, which would "
                + "stand in the run's files");
        }

        if (options.MaxCost is null)
            return;
        if (!double.TryParse(options.MaxCost, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double most)
            || !double.IsFinite(most))
        {
            throw new EvalException(ExitCode.Usage, $"--max-cost {options.MaxCost}: expected an amount of money, such as 2.50");
        }

        if (options.Prices is null)
            throw new EvalException(ExitCode.Usage, "--max-cost needs --prices: without prices nothing is known to cost anything");
    }

    private static string[] AdaptersOf(RunOptions options) =>
    [
        .. options.Adapters.SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
    ];

    /// <summary>Refuses adapters that would share a run folder, and those of several models.</summary>
    private static void CheckAdapters(IReadOnlyDictionary<string, IReadOnlyList<string>> given, RunOptions options)
    {
        if (given.ContainsKey(AdapterOption) && options.Adapters.Count == 0)
            throw new EvalException(ExitCode.Usage, $"{AdapterOption} names no file; expected .onnx_adapter files with commas between");
        if (options.Adapters.Count > 0 && given.GetValueOrDefault("--model") is { Count: > 1 })
        {
            throw new EvalException(
                ExitCode.Usage, $"{AdapterOption} and several --model together: an adapter belongs to one model; give one --model");
        }

        IEnumerable<IGrouping<string, string>> named =
            options.Adapters.GroupBy(a => Path.GetFileNameWithoutExtension(a), StringComparer.OrdinalIgnoreCase);
        if (named.FirstOrDefault(group => group.Count() > 1) is { } twins)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"{AdapterOption} {string.Join(',', twins.Take(2))}: both are called {twins.Key}, and a run folder is named after its "
                + "adapter; rename one");
        }
    }

    /// <summary>A model here has its own tokenizer beside it; that of a model elsewhere is named by its files.</summary>
    private static void CheckTokenizer(IReadOnlyDictionary<string, IReadOnlyList<string>> given, RunOptions options)
    {
        if (!given.ContainsKey("--tokenizer") || options.Tokenizer is AutoTokenizer or RuntimeTokenizer)
            return;
        IEnumerable<string> models = given.GetValueOrDefault("--model") ?? [options.Model];
        if (!models.Any(m => IsEndpoint(m) || m.Length == 0))
            throw new EvalException(ExitCode.Usage, $"--tokenizer {options.Tokenizer}: expected {AutoTokenizer} or {RuntimeTokenizer}");
    }

    /// <summary>Whether a model is an endpoint that is asked over HTTP.</summary>
    internal static bool IsEndpoint(string model) => model.StartsWith(EndpointPrefix, StringComparison.Ordinal);

    /// <summary>These options where a resumed run is given others that decide no numbers and that its manifest keeps.</summary>
    internal RunOptions Continued(RunOptions now) => this with
    {
        ModelId = now.ModelId,
        LmEvalOutput = now.LmEvalOutput,
        AllowNetwork = now.AllowNetwork,
        ApiKeyFrom = now.ApiKeyFrom,
        Concurrency = now.Concurrency,
        RequestTimeout = now.RequestTimeout,
        Prices = now.Prices,
        MaxCost = now.MaxCost,
    };

    /// <summary>These options for a run that asks all documents.</summary>
    internal RunOptions Whole() => this with
    {
        Decide = null,
        Against = null,
        FlipsFrom = [],
        FalseAlarms = null,
        DecideSeed = 0,
    };

    /// <summary>The same options on a device.</summary>
    internal RunOptions On(DeviceChoice device) => this with { Device = device.Kind, DeviceIds = device.Ids };

    /// <summary>The same options for another model, without those that would do nothing for it.</summary>
    internal RunOptions For(string model)
    {
        var none = new RunOptions { Model = model, Tasks = [] };
        return IsEndpoint(model) || (Judge is { } judge && IsEndpoint(judge))
            ? this with { Model = model, ModelId = null }
            : this with
            {
                Model = model,
                ModelId = null,
                AllowNetwork = none.AllowNetwork,
                ApiKeyFrom = none.ApiKeyFrom,
                Concurrency = none.Concurrency,
                RequestTimeout = none.RequestTimeout,
                MaxCost = none.MaxCost,
            };
    }

    /// <summary>These options without those of models that run here.</summary>
    private RunOptions Elsewhere() => this with
    {
        Device = "cpu",
        DeviceIds = [],
        BatchSize = 1,
        Workers = 1,
        Threads = null,
        NoPrefixReuse = false,
    };

    /// <summary>
    /// The options with which the judge is opened: what a run says of its model's prompts and tokens is of that model alone.
    /// </summary>
    internal RunOptions ForJudge() => (IsEndpoint(Judge!) ? Elsewhere() : this) with
    {
        Model = Judge!,
        Judge = null,
        ModelId = null,
        Adapters = [],
        ChatTemplate = SwitchOrTextConverter.On,
        ChatTemplateArguments = null,
        EnableThinking = null,
        ThinkEndToken = null,
        SystemInstruction = null,
        MaxLength = null,
        AddBosToken = null,
        Tokenizer = AutoTokenizer,
        Truncation = "error",
    };

    /// <summary>Arguments of <c>evalharness run</c> that give these options again; those at their defaults are left out.</summary>
    public IReadOnlyList<string> ToArguments()
    {
        // The default of the batch size depends on the device, which therefore is compared on its own.
        var onDevice = new Dictionary<string, IReadOnlyList<string>> { [DeviceOption] = [Device] };
        RunOptions defaults = Of(onDevice, earlier: null) with { Device = "cpu" };
        IReadOnlyList<string> Texts(DeclaredOption option) =>
            option.Name == DeviceOption ? [new DeviceChoice(Device, DeviceIds).ToString()] : option.Texts(this);
        return [.. Declared.Where(o => !Texts(o).SequenceEqual(o.Texts(defaults))).SelectMany(o => o.ToArguments(Texts(o)))];
    }

    /// <summary>Arguments that let <c>merge</c> run the Python of task files as this run does; none where it may not.</summary>
    internal IReadOnlyList<string> CodePermission => AllowTaskCode
        ? [.. Declared.Where(o => OfTaskCode.Contains(o.Name)).SelectMany(o => o.ToArguments(o.Texts(this)))]
        : [];

    /// <summary>The options that decide numbers, by name, with their values as text; an option that is not set has an empty text.</summary>
    public IEnumerable<KeyValuePair<string, string>> Deciding() =>
        Declared.Where(o => o.DecidesNumbers).Select(o => KeyValuePair.Create(o.Name, DecidingText(o)));

    /// <summary>Of four seeds only two decide numbers, so that the reference's way to write the default is the default.</summary>
    private string DecidingText(DeclaredOption option) =>
        option.Name == SeedOption ? RunSeeds.Parse(Seed).Deciding : string.Join(',', option.Texts(this));

    /// <summary>Eight hexadecimal digits over the options that decide numbers; an option at its default does not change it.</summary>
    public string Hash()
    {
        Dictionary<string, string> defaults = new RunOptions { Model = "", Tasks = [] }.Deciding().ToDictionary();
        string text = string.Join('\n', Deciding().Where(o => o.Value != defaults[o.Key]).Select(o => $"{o.Key} {o.Value}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashDigits];
    }
}
