using System.Diagnostics;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.Tokens;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>A model that is loaded on its device, with its probed capabilities and the counts of the tokens it has computed.</summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly Config _nativeConfig;
    private readonly Model _model;
    private readonly bool _onCpu;
    private readonly long _cacheBytesPerToken;

    private LoadedModel(string folder, Config nativeConfig, Model model, ModelConfig config, ModelTokenizer tokenizer, GenAiOptions options)
    {
        (_nativeConfig, _model, Config, Tokenizer) = (nativeConfig, model, config, tokenizer);
        Window = options.MaxLength ?? config.ContextLength;
        _onCpu = options.Device == "cpu";
        _cacheBytesPerToken = KeyValueCache.BytesPerToken(Path.Combine(folder, config.GraphFile), config);
        Work = new UsageCounter(options.Workers);
        Capabilities = options.Assumed ?? Capabilities.Probe(model, config, Tokenizer);
    }

    internal bool IsDisposed { get; private set; }

    /// <summary>The native model. Every access checks for disposal, because the use of a disposed model ends the process.</summary>
    internal Model Model
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            return _model;
        }
    }

    internal ModelConfig Config { get; }

    internal ModelTokenizer Tokenizer { get; }

    internal required TokenizerCheck TokenizerCheck { get; init; }

    internal required Conversations Conversations { get; init; }

    internal Capabilities Capabilities { get; }

    /// <summary>The time that the runtime took to load the model, without the probe of its capabilities.</summary>
    internal TimeSpan LoadTime { get; private init; }

    /// <summary>The most tokens that a prompt and its completion may have together.</summary>
    internal int Window { get; }

    /// <summary>Counts the work that the model does.</summary>
    internal UsageCounter Work { get; }

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the folder is missing, a file in it is damaged, or this build lacks the device.
    /// <see cref="ExitCode.Usage"/>: the length is outside the model's context.
    /// </exception>
    internal static LoadedModel Load(string folder, GenAiOptions options)
    {
        ModelConfig config = ModelConfig.Read(folder);
        if (options.MaxLength is { } limit && (limit < 2 || limit > config.ContextLength))
            throw new EvalException(
                ExitCode.Usage,
                $"--max-length {limit}: the model's context is {config.ContextLength} tokens; expected 2 to {config.ContextLength}");
        ModelTokenizer? tokenizer = null;
        Config? native = null;
        Model? model = null;
        try
        {
            Telemetry.SwitchOff();
            // The tokenizer comes first, so that a folder without a usable one fails before the weights are loaded.
            tokenizer = TokenizerChoice.Load(folder, config, options);
            var conversations = new Conversations(folder, options.Conversations);
            long start = Stopwatch.GetTimestamp();
            native = new Config(folder);
            Provider.Select(native, options.Device, options.DeviceId, options.ProviderOptions);
            native.Overlay(SessionSettings.Overlay(options));
            if (config.LongCaches is { } overlay)
                native.Overlay(overlay);
            model = new Model(native);
            TimeSpan time = Stopwatch.GetElapsedTime(start);
            return new LoadedModel(folder, native, model, config, tokenizer, options)
            {
                LoadTime = time,
                TokenizerCheck = TokenizerCheck.Of(folder, tokenizer.Tokenizer),
                Conversations = conversations,
            };
        }
        catch (Exception e) when (e is OnnxRuntimeGenAIException or DllNotFoundException or ModelSessionException)
        {
            tokenizer?.Dispose();
            model?.Dispose();
            native?.Dispose();
            string advice = options.Device == "cpu" ? "" : $"; {Provider.Advice(options.Device)}";
            string device = options.DeviceId is { } id ? $"{options.Device}:{id}" : options.Device;
            string message = $"--model {folder}: the model does not load on {device}: {e.Message}{advice}";
            throw new EvalException(ExitCode.Model, message, e);
        }
    }

    /// <param name="tokens">The most tokens that the session will hold.</param>
    /// <exception cref="ModelSessionException">The key-value cache does not fit into memory.</exception>
    internal ModelSession NewSession(int tokens)
    {
        CheckMemory(tokens);
        return new(Model, Config, Math.Min(Config.ContextLength, tokens + 1));
    }

    /// <summary>
    /// Checks that a key-value cache fits into memory. The runtime allocates it at once, and the process ends without a message if that
    /// fails.
    /// </summary>
    /// <exception cref="ModelSessionException">The key-value cache does not fit into memory.</exception>
    internal void CheckMemory(long tokens)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (_onCpu && tokens * _cacheBytesPerToken > available)
            throw new ModelSessionException(
                $"a key-value cache for {tokens} tokens takes {tokens * _cacheBytesPerToken >> 20} MiB, "
                + $"and this machine has {available >> 20} MiB; use a smaller --max-length or --batch-size");
    }

    /// <summary>All sessions must be disposed before: using one of them afterwards ends the process.</summary>
    public void Dispose()
    {
        if (IsDisposed)
            return;
        IsDisposed = true;
        Tokenizer.Dispose();
        _model.Dispose();
        _nativeConfig.Dispose();
    }
}
