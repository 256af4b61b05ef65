using System.Reflection;
using EvalHarness.Data.Hub;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.OpenAI.Api;
using EvalHarness.OpenAI.Engine;
using EvalHarness.Results;
using EvalHarness.Running;

namespace EvalHarness.Cli;

/// <summary>Opens the engine that a run's options ask for, and knows the versions that the manifest records.</summary>
internal static class EngineFactory
{
    private const string Replay = "replay:";

    private const string GgufExtension = ".gguf";

    /// <summary>Where the build of a clone puts the engine for GGUF files. The .NET tool does not contain it.</summary>
    private static string LlamaCpp => Path.Combine(AppContext.BaseDirectory, "engines", "llamacpp", "EvalHarness.LlamaCpp.dll");

    /// <param name="options">What the run was asked to do.</param>
    /// <param name="earlier">The engine of the run that is resumed, whose measured rates and day are kept; null for a new run.</param>
    /// <param name="announce">Receives one line for each choice that the engine makes.</param>
    /// <param name="cancellationToken">Cancels loading.</param>
    /// <param name="account">Pays for an endpoint; null where no prices are given.</param>
    internal static async Task<IEngine> OpenAsync(
        RunOptions options,
        EngineDescription? earlier,
        Action<string> announce,
        CancellationToken cancellationToken,
        Account? account = null)
    {
        CheckAdapters(options);
        if (options.Model.StartsWith(Replay, StringComparison.Ordinal))
            return await OpenReplayAsync(options.Model[Replay.Length..], options, cancellationToken).ConfigureAwait(false);
        if (RunOptions.IsEndpoint(options.Model))
            return await OpenEndpointAsync(options, announce, account, cancellationToken).ConfigureAwait(false);
        if (SourceOf(options) is { } source)
            return await source.OpenAsync(options, earlier, announce, cancellationToken).ConfigureAwait(false);
        GenAiOptions engineOptions = ForRun(options, earlier, announce);
        return await GenAiEngine.LoadAsync(FolderOf(options.Model), engineOptions, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How the program's own engine loads the model of a run.</summary>
    /// <param name="options">What the run was asked to do.</param>
    /// <param name="earlier">As for <see cref="OpenAsync"/>.</param>
    /// <param name="announce">As for <see cref="OpenAsync"/>.</param>
    internal static GenAiOptions ForRun(RunOptions options, EngineDescription? earlier, Action<string> announce)
    {
        string folder = FolderOf(options.Model);
        return OnDevice(options) with
        {
            GivenAs = folder == options.Model ? null : options.Model,
            Adapter = options.Adapters.SingleOrDefault(),
            BatchSize = options.BatchSize,
            Workers = options.Workers,
            Threads = options.Threads,
            MaxLength = options.MaxLength,
            PrefixReuse = !options.NoPrefixReuse,
            TruncateLeft = options.Truncation == "left",
            AddBosToken = options.AddBosToken,
            Tokenizer = options.Tokenizer,
            ThinkEndToken = options.ThinkEndToken,
            ChatTemplate = options.ChatTemplateName,
            ChatTemplateArguments = TemplateArguments.Of(options),
            TemplateDate = (options.TemplateDate ?? earlier?.Settings.GetValueOrDefault(EngineDescription.TemplateDate)) is { } date
                ? TemplateArguments.Date(date)
                : null,
            Rates = earlier?.Rates,
            Announce = announce,
        };
    }

    /// <summary>Refuses adapters where another engine than the program's own answers, which would leave them out.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: the model takes none.</exception>
    internal static void CheckAdapters(RunOptions options)
    {
        string? problem = options.Adapters.Count == 0 ? null
            : RunOptions.IsEndpoint(options.Model) ? "an endpoint's server chooses its adapters itself; name the adapted model there"
            : options.Model.StartsWith(Replay, StringComparison.Ordinal) ? "recorded answers are of no model that could take one"
            : SourceOf(options) is not null ? "another engine opens this model, and takes none"
            : null;
        if (problem is not null)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"{RunOptions.AdapterOption} and --model {options.Model} together: {problem}; adapters are for folders with "
                + "genai_config.json");
        }
    }

    /// <summary>Options of the program's own engine that name the device and nothing else.</summary>
    internal static GenAiOptions OnDevice(RunOptions options) => new()
    {
        Device = options.Device,
        DeviceId = options.DeviceIds is [var id, ..] ? id : null,
    };

    /// <summary>Whether a model is computed by the program's own engine, which has the logits of the whole vocabulary.</summary>
    internal static bool HasLogits(string model) => !model.StartsWith(Replay, StringComparison.Ordinal)
        && !RunOptions.IsEndpoint(model)
        && !model.EndsWith(GgufExtension, StringComparison.OrdinalIgnoreCase);

    /// <summary>The names that the manifest of a run will give to its model and its device.</summary>
    internal static (string Model, string Device) NamesOf(string model, string device) => model switch
    {
        _ when model.StartsWith(Replay, StringComparison.Ordinal) =>
            (ReplayEngine.NameOf(model[Replay.Length..]), ReplayEngine.NoDevice),
        _ when RunOptions.IsEndpoint(model) => (ModelAddress.Parse(model).Name, EndpointDescription.Device),
        _ => (ModelDescription.NameOf(FolderOf(model), givenAs: FolderOf(model) == model ? null : model), device),
    };

    /// <summary>The name that the manifest of a run will give to its model, with its adapter.</summary>
    internal static string NameOf(RunOptions options)
    {
        string model = NamesOf(options.Model, options.Device).Model;
        return options.Adapters.SingleOrDefault() is { } file ? ModelDescription.NameWith(model, file) : model;
    }

    /// <summary>The folder of a model that is given as a folder, or as a name in the hub's cache.</summary>
    internal static string FolderOf(string model) => Directory.Exists(model)
        ? model
        : HubModel.Parse(model)?.FindIn(new HubCache(HubSettings.FromEnvironment().Cache)) ?? model;

    /// <summary>Where the files of a model are: a folder or a file; for an endpoint a path at which nothing is.</summary>
    internal static string FilesOf(string model) => model.StartsWith(Replay, StringComparison.Ordinal)
        ? model[Replay.Length..]
        : FolderOf(model);

    /// <summary>
    /// Why the model of a run, or its judge, is not there; null where both are, where the run fetches them, and where only a server or a
    /// plugin knows.
    /// </summary>
    internal static string? WhyMissing(RunOptions options, bool downloads) =>
        WhyModelIsMissing(options, downloads)
        ?? (options.Judge is null || WhyModelIsMissing(options.ForJudge(), downloads) is not { } why ? null : $"judge: {why}");

    private static string? WhyModelIsMissing(RunOptions options, bool downloads)
    {
        string model = options.Model;
        if (RunOptions.IsEndpoint(model) || options.Plugins.Count > 0)
            return null;
        if (model.StartsWith(Replay, StringComparison.Ordinal) || model.EndsWith(GgufExtension, StringComparison.OrdinalIgnoreCase))
            return File.Exists(FilesOf(model)) ? null : $"model {model}: there is no such file";
        if (Directory.Exists(FolderOf(model)))
        {
            return !File.Exists(Path.Combine(FolderOf(model), "genai_config.json"))
                ? $"model {model}: the folder has no genai_config.json"
                : options.Device != "cpu" && options.Device != GenAiRuntime.BuiltFor
                    ? $"device {options.Device}: {GenAiRuntime.Advice(options.Device)}"
                    : null;
        }

        return HubModel.Parse(model) is null ? $"model {model}: there is no such folder"
            : downloads ? null
            : $"model {model}: there is no such folder, and the hub's cache has no such model; fetch it, or correct the name";
    }

    /// <summary>The version of the engine that computes in this program; empty where a server, a recording or a plugin answers.</summary>
    internal static string VersionFor(RunOptions options) =>
        RunOptions.IsEndpoint(options.Model) || options.Plugins.Count > 0
        || options.Model.StartsWith(Replay, StringComparison.Ordinal)
        || options.Model.EndsWith(GgufExtension, StringComparison.OrdinalIgnoreCase)
            ? ""
            : GenAiRuntime.Version;

    /// <summary>What opens the model if the program's own engine does not: a plugin, or the engine for GGUF files.</summary>
    private static IEngineSource? SourceOf(RunOptions options)
    {
        IEngineSource? source = options.Plugins
            .SelectMany(path => PluginAssembly.Load(path).Create<IEngineSource>())
            .FirstOrDefault(s => s.Opens(options.Model));
        if (source is not null || !options.Model.EndsWith(GgufExtension, StringComparison.OrdinalIgnoreCase))
            return source;
        return File.Exists(LlamaCpp)
            ? PluginAssembly.Load(LlamaCpp).Create<IEngineSource>().Single()
            : throw new EvalException(
                ExitCode.Environment,
                $"--model {options.Model}: the engine for GGUF files is not part of this program; get it with "
                + "'dotnet package download EvalHarness.LlamaCpp' and add --plugin PATH/EvalHarness.LlamaCpp.dll");
    }

    private static async Task<IEngine> OpenEndpointAsync(
        RunOptions options, Action<string> announce, Account? account, CancellationToken cancellationToken)
    {
        string? tokenizer = options.Tokenizer == RunOptions.AutoTokenizer ? null : FolderOf(options.Tokenizer);
        EndpointOptions endpoint = EndpointArguments.Of(options, tokenizer, Environment.GetEnvironmentVariable) with
        {
            Account = account,
            Announce = announce,
        };
        return await EndpointEngine.OpenAsync(endpoint, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IEngine> OpenReplayAsync(string file, RunOptions options, CancellationToken cancellationToken)
    {
        Func<CancellationToken, Task<IRecordedContexts>>? contexts = options.ApplyChatTemplate
            ? token => RecordedContexts.ReadAsync(file, token)
            : null;
        return await ReplayEngine.LoadAsync(file, cancellationToken, contexts, options.ThinkEndToken).ConfigureAwait(false);
    }

    internal static IReadOnlyDictionary<string, string> Versions { get; } = new Dictionary<string, string>
    {
        ["EvalHarness"] = typeof(IEngine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
        [".NET"] = Environment.Version.ToString(),
        ["Parquet"] = InstalledPackage.Version("Parquet.Net"),
    };
}
