using System.Reflection;
using EvalHarness.Data.Hub;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Planning;
using EvalHarness.Results;

namespace EvalHarness.Cli;

/// <summary>Opens the engine that a run's options ask for, and knows the versions that the manifest records.</summary>
internal static class EngineFactory
{
    private const string Replay = "replay:";

    internal static async Task<IEngine> OpenAsync(
        RunOptions options, GenerationRates? rates, Action<string> announce, CancellationToken cancellationToken)
    {
        if (options.Model.StartsWith(Replay, StringComparison.Ordinal))
            return await OpenReplayAsync(options.Model[Replay.Length..], options, cancellationToken).ConfigureAwait(false);
        string? cached = Directory.Exists(options.Model)
            ? null
            : HubModel.Parse(options.Model)?.FindIn(new HubCache(HubSettings.FromEnvironment().Cache));
        var engineOptions = new GenAiOptions
        {
            GivenAs = cached is null ? null : options.Model,
            Device = options.Device,
            BatchSize = options.BatchSize,
            Workers = options.Workers,
            Threads = options.Threads,
            MaxLength = options.MaxLength,
            PrefixReuse = !options.NoPrefixReuse,
            TruncateLeft = options.Truncation == "left",
            AddBosToken = options.AddBosToken,
            Rates = rates,
            Announce = announce,
        };
        return await GenAiEngine.LoadAsync(cached ?? options.Model, engineOptions, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IEngine> OpenReplayAsync(string file, RunOptions options, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string>? contexts = options.ApplyChatTemplate
            ? await RecordedContexts.ReadAsync(file, cancellationToken).ConfigureAwait(false)
            : null;
        return await ReplayEngine.LoadAsync(file, cancellationToken, contexts).ConfigureAwait(false);
    }

    internal static IReadOnlyDictionary<string, string> Versions { get; } = new Dictionary<string, string>
    {
        ["EvalHarness"] = typeof(IEngine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
        [".NET"] = Environment.Version.ToString(),
        ["Parquet"] = InstalledPackage.Version("Parquet.Net"),
    };
}
