using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.Tokens;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>A model that is loaded on its device, with its probed capabilities and the counts of the tokens it has computed.</summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly Config _nativeConfig;
    private readonly GeneratorSource _generators;
    private readonly GenAiOptions _options;
    private readonly long _cacheBytesPerToken;

    /// <summary>The model whose native objects this one uses; null where they are its own.</summary>
    private readonly LoadedModel? _owner;
    private readonly LoadedAdapter? _adapter;
    private bool _isDisposed;
    private bool _ownsOwner;

    private LoadedModel(string folder, Config nativeConfig, Model model, ModelConfig config, ModelTokenizer tokenizer, GenAiOptions options)
    {
        (_nativeConfig, _generators, Config, Tokenizer) = (nativeConfig, new GeneratorSource(model, adapter: null), config, tokenizer);
        _options = options;
        _cacheBytesPerToken = KeyValueCache.BytesPerToken(Path.Combine(folder, config.GraphFile), config);
        Work = new UsageCounter(options.Workers);
        Capabilities = options.Assumed ?? Capabilities.Probe(_generators, config, Tokenizer);
    }

    [SetsRequiredMembers]
    private LoadedModel(LoadedModel owner, LoadedAdapter? adapter)
    {
        (_owner, _adapter, _nativeConfig, _options) = (owner, adapter, owner._nativeConfig, owner._options);
        (Config, Tokenizer, TokenizerCheck, Conversations) = (owner.Config, owner.Tokenizer, owner.TokenizerCheck, owner.Conversations);
        (_cacheBytesPerToken, LoadTime) = (owner._cacheBytesPerToken, owner.LoadTime);
        _generators = new GeneratorSource(owner.Model, adapter);
        Work = new UsageCounter(_options.Workers);
        Capabilities = adapter is null ? owner.Capabilities : _options.Assumed ?? Capabilities.Probe(_generators, Config, Tokenizer);
    }

    internal bool IsDisposed => _isDisposed || _owner is { IsDisposed: true };

    /// <summary>What an adapter does to a probe text; null without one.</summary>
    internal AdapterProof? Proof { get; private init; }

    /// <summary>The native model. Every access checks for disposal, because the use of a disposed model ends the process.</summary>
    internal Model Model => Generators.Model;

    /// <summary>Makes all generators on this model, with its adapter if it has one. Every access checks for disposal.</summary>
    internal GeneratorSource Generators
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            return _generators;
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
    internal int Window => _options.MaxLength ?? Config.ContextLength;

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
        catch (Exception e)
        {
            tokenizer?.Dispose();
            model?.Dispose();
            native?.Dispose();
            if (e is not (OnnxRuntimeGenAIException or DllNotFoundException or ModelSessionException))
                throw;
            string advice = options.Device == "cpu" ? "" : $"; {Provider.Advice(options.Device)}";
            string device = options.DeviceId is { } id ? $"{options.Device}:{id}" : options.Device;
            string message = $"--model {folder}: the model does not load on {device}: {e.Message}{advice}";
            throw new EvalException(ExitCode.Model, message, e);
        }
    }

    /// <summary>As <see cref="Load"/>, with the adapter that the options name, if any. Both are disposed together.</summary>
    /// <exception cref="EvalException">
    /// As for <see cref="Load"/>; and <see cref="ExitCode.Model"/>: the adapter cannot be used, or takes no part.
    /// </exception>
    internal static LoadedModel LoadAdapted(string folder, GenAiOptions options)
    {
        AdapterFile? adapter = options.Adapter is { } file ? AdapterFile.ReadFor(folder, file) : null;
        LoadedModel model = Load(folder, options);
        if (adapter is null)
            return model;
        try
        {
            LoadedModel adapted = model.With(adapter);
            adapted._ownsOwner = true;
            return adapted;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <param name="tokens">The most tokens that the session will hold.</param>
    /// <param name="guidance">How the runtime chooses tokens; null where it does not.</param>
    /// <exception cref="ModelSessionException">The key-value cache does not fit into memory.</exception>
    internal ModelSession NewSession(int tokens, Guidance? guidance = null)
    {
        CheckMemory(tokens);
        return new(Generators, Config, Math.Min(Config.ContextLength, tokens + 1), guidance);
    }

    /// <summary>
    /// Checks that a key-value cache fits into memory. The runtime allocates it at once, and the process ends without a message if that
    /// fails.
    /// </summary>
    /// <exception cref="ModelSessionException">The key-value cache does not fit into memory.</exception>
    internal void CheckMemory(long tokens)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (_options.Device == "cpu" && tokens * _cacheBytesPerToken > available)
            throw new ModelSessionException(
                $"a key-value cache for {tokens} tokens takes {tokens * _cacheBytesPerToken >> 20} MiB, "
                + $"and this machine has {available >> 20} MiB; use a smaller --max-length or --batch-size");
    }

    /// <summary>
    /// The same model without loading its weights again, with an adapter or, for null, as it is. It must be disposed first.
    /// </summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the runtime does not take the adapter, or computes the same with it as without it.
    /// </exception>
    internal LoadedModel With(AdapterFile? file)
    {
        if (file is null)
            return new LoadedModel(this, adapter: null);
        LoadedAdapter? adapter = null;
        try
        {
            adapter = LoadedAdapter.Load(Model, file);
            var proof = AdapterProof.Of(this, adapter, file);
            return new LoadedModel(this, adapter) { Proof = proof };
        }
        catch (Exception e) when (e is OnnxRuntimeGenAIException or ModelSessionException)
        {
            adapter?.Dispose();
            string message = $"--adapter {file.Path}: the model does not compute with it: {EvalException.OneLine(e.Message)}";
            throw new EvalException(ExitCode.Model, message, e);
        }
        catch
        {
            adapter?.Dispose();
            throw;
        }
    }

    /// <summary>All sessions must be disposed before: using one of them afterwards ends the process.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _adapter?.Dispose();
        if (_owner is not null)
        {
            if (_ownsOwner)
                _owner.Dispose();
            return;
        }

        Tokenizer.Dispose();
        _generators.Model.Dispose();
        _nativeConfig.Dispose();
    }
}
