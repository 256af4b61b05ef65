using System.Reflection;
using EvalHarness.Data.Hub;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.OpenAI.Engine;
using EvalHarness.OpenAI.Protocol;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tokens;

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
        if (options.Model.StartsWith(Replay, StringComparison.Ordinal))
            return await OpenReplayAsync(options.Model[Replay.Length..], options, cancellationToken).ConfigureAwait(false);
        if (RunOptions.IsEndpoint(options.Model))
            return await OpenEndpointAsync(options, announce, account, cancellationToken).ConfigureAwait(false);
        if (SourceOf(options) is { } source)
            return await source.OpenAsync(options, earlier, announce, cancellationToken).ConfigureAwait(false);
        string folder = FolderOf(options.Model);
        var engineOptions = new GenAiOptions
        {
            GivenAs = folder == options.Model ? null : options.Model,
            Device = options.Device,
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
        return await GenAiEngine.LoadAsync(folder, engineOptions, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The names that the manifest of a run will give to its model and its device.</summary>
    internal static (string Model, string Device) NamesOf(string model, string device) => model.StartsWith(Replay, StringComparison.Ordinal)
        ? (ReplayEngine.NameOf(model[Replay.Length..]), ReplayEngine.NoDevice)
        : RunOptions.IsEndpoint(model) ? (EndpointName.Parse(model).ModelName, EndpointEngine.Device)
        : (ModelDescription.NameOf(FolderOf(model), givenAs: FolderOf(model) == model ? null : model), device);

    /// <summary>The folder of a model that is given as a folder, or as a name in the hub's cache.</summary>
    internal static string FolderOf(string model) => Directory.Exists(model)
        ? model
        : HubModel.Parse(model)?.FindIn(new HubCache(HubSettings.FromEnvironment().Cache)) ?? model;

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
        (string Option, bool IsGiven)[] idle =
        [
            ($"--device {options.Device}", options.Device != "cpu"),
            ($"--workers {options.Workers}", options.Workers != 1),
            ("--threads", options.Threads is not null),
            ("--no-prefix-reuse", options.NoPrefixReuse),
            ($"--batch-size {options.BatchSize}", options.BatchSize is > 1),
            ($"--apply-chat-template {options.ChatTemplateName}", options.ChatTemplateName is not null),
        ];
        if (idle.FirstOrDefault(o => o.IsGiven).Option is { } useless)
        {
            throw new EvalException(
                ExitCode.Usage, $"{useless}: means nothing for a model at an endpoint, where the server decides it; leave it out");
        }

        return await EndpointEngine.OpenAsync(
            new EndpointOptions
            {
                GivenAs = options.Model,
                Name = EndpointName.Parse(options.Model),
                Key = ApiKey.Read(options.ApiKeyFrom, Environment.GetEnvironmentVariable),
                AllowNetwork = options.AllowNetwork,
                Concurrency = options.Concurrency,
                RequestTimeout = TimeSpan.FromSeconds(options.RequestTimeout),
                Chat = options.ApplyChatTemplate,
                TemplateArguments = TemplateArguments.Of(options),
                Tokenizer = options.Tokenizer == RunOptions.AutoTokenizer ? null : options.Tokenizer,
                AddBosToken = options.AddBosToken,
                MaxLength = options.MaxLength,
                TruncateLeft = options.Truncation == "left",
                ThinkEndToken = options.ThinkEndToken,
                Conversations = new ConversationOptions
                {
                    Arguments = TemplateArguments.Of(options),
                    Date = options.TemplateDate is { } date ? TemplateArguments.Date(date) : null,
                    Announce = announce,
                },
                Account = account,
                Announce = announce,
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IEngine> OpenReplayAsync(string file, RunOptions options, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string>? contexts = options.ApplyChatTemplate
            ? await RecordedContexts.ReadAsync(file, cancellationToken).ConfigureAwait(false)
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
