using System.Diagnostics;
using EvalHarness.Engines;
using EvalHarness.Planning;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>A model on its device with what was found out about it, and the count of what it did.</summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly string _folder;
    private readonly Config _nativeConfig;
    private readonly Model _model;
    private readonly Lock _usageLock = new();
    private readonly bool? _addBosToken;
    private readonly bool _onCpu;
    private readonly long _cacheBytesPerToken;
    private EngineUsage _usage;

    private LoadedModel(string folder, Config nativeConfig, Model model, ModelConfig config, ModelTokenizer tokenizer, GenAiOptions options)
    {
        (_folder, _nativeConfig, _model, Config, Tokenizer, Window) = (folder, nativeConfig, model, config, tokenizer, options.MaxLength ?? config.ContextLength);
        (_addBosToken, _onCpu) = (options.AddBosToken, options.Device == "cpu");
        _cacheBytesPerToken = KeyValueCache.BytesPerToken(Path.Combine(folder, config.GraphFile), config);
        _usage = new EngineUsage { Workers = options.Workers };
        Capabilities = options.Assumed ?? Capabilities.Probe(model, config, Tokenizer);
    }

    internal bool IsDisposed { get; private set; }

    /// <summary>What is made from a disposed model ends the process.</summary>
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

    internal Capabilities Capabilities { get; }

    /// <summary>Until the runtime had the model, before anything was tried on it.</summary>
    internal TimeSpan LoadTime { get; private init; }

    /// <summary>Tokens of prompt and completion that the model may see.</summary>
    internal int Window { get; }

    internal EngineUsage Usage
    {
        get
        {
            lock (_usageLock)
                return _usage;
        }
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: missing folder, damaged file, missing provider.</exception>
    internal static LoadedModel Load(string folder, GenAiOptions options)
    {
        ModelConfig config = ModelConfig.Read(folder);
        if (options.MaxLength is { } limit && (limit < 2 || limit > config.ContextLength))
            throw new EvalException(ExitCode.Usage, $"--max-length {limit}: the model's context is {config.ContextLength} tokens; expected 2 to {config.ContextLength}");
        ModelTokenizer? tokenizer = null;
        Config? native = null;
        Model? model = null;
        try
        {
            Telemetry.SwitchOff();
            // Before the weights, which take longer: a folder without a usable tokenizer is found out at once.
            tokenizer = new ModelTokenizer(folder, config, options.AddBosToken);
            long start = Stopwatch.GetTimestamp();
            native = new Config(folder);
            Provider.Select(native, options.Device);
            int threads = Math.Max(1, (options.Threads ?? Environment.ProcessorCount) / options.Workers);
            native.Overlay("{\"model\":{\"decoder\":{\"session_options\":{\"intra_op_num_threads\":" + threads + "}}}}");
            model = new Model(native);
            TimeSpan time = Stopwatch.GetElapsedTime(start);
            return new LoadedModel(folder, native, model, config, tokenizer, options) { LoadTime = time };
        }
        catch (Exception e) when (e is OnnxRuntimeGenAIException or DllNotFoundException or ModelSessionException)
        {
            tokenizer?.Dispose();
            model?.Dispose();
            native?.Dispose();
            string advice = options.Device == "cpu" ? "" : $"; {Provider.Advice(options.Device)}";
            throw new EvalException(ExitCode.Model, $"--model {folder}: the model does not load on {options.Device}: {e.Message}{advice}", e);
        }
    }

    /// <summary>For another thread to decode with.</summary>
    internal ModelTokenizer NewTokenizer() => new(_folder, Config, _addBosToken);

    internal ModelSession NewSession(int tokens)
    {
        CheckMemory(tokens);
        return new(Model, Config, Math.Min(Config.ContextLength, tokens + 1));
    }

    /// <summary>The runtime allocates a cache as a whole, and one that does not fit ends the process without a word.</summary>
    /// <exception cref="ModelSessionException">It cannot fit.</exception>
    internal void CheckMemory(long tokens)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (_onCpu && tokens * _cacheBytesPerToken > available)
            throw new ModelSessionException($"a key-value cache for {tokens} tokens takes {tokens * _cacheBytesPerToken >> 20} MiB, and this machine has {available >> 20} MiB; use a smaller --max-length or --batch-size");
    }

    internal void CountPrefill(int tokens, TimeSpan time)
    {
        lock (_usageLock)
            _usage = _usage with { PromptTokensComputed = _usage.PromptTokensComputed + tokens, PrefillSeconds = _usage.PrefillSeconds + time.TotalSeconds };
    }

    internal void CountDecode(int tokens, TimeSpan time)
    {
        lock (_usageLock)
            _usage = _usage with { TokensGenerated = _usage.TokensGenerated + tokens, DecodeSeconds = _usage.DecodeSeconds + time.TotalSeconds };
    }

    internal void CountTokenizing(TimeSpan time)
    {
        lock (_usageLock)
            _usage = _usage with { TokenizingSeconds = _usage.TokenizingSeconds + time.TotalSeconds };
    }

    internal void CountAsked(PlanTokens tokens)
    {
        lock (_usageLock)
        {
            _usage = _usage with
            {
                PromptTokensAsked = _usage.PromptTokensAsked + tokens.Asked,
                PromptTokensUnique = _usage.PromptTokensUnique + tokens.Unique,
                PromptTokensPlanned = _usage.PromptTokensPlanned + tokens.Computed,
            };
        }
    }

    /// <summary>Sessions must be gone: what is done with one after this ends the process.</summary>
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
