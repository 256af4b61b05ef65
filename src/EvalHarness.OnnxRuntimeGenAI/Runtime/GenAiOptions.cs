using EvalHarness.Planning;
using EvalHarness.Tokens;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>How a model is loaded and run.</summary>
public sealed record GenAiOptions
{
    /// <summary>The device: cpu, cuda or directml. If the model does not load on it, loading fails; there is no fallback.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Which of several equal GPUs, from 0; null for the first.</summary>
    public int? DeviceId { get; init; }

    /// <summary>
    /// The number of greedy completions that are generated together, 1 to 32. Null lets measured rates decide, for each task, between
    /// batches and computing one completion after the other over shared prefixes. Log-likelihoods share their contexts and are never
    /// batched.
    /// </summary>
    public int? BatchSize { get; init; } = 1;

    /// <summary>The rates that the interrupted run measured, so that the resumed run makes the same choices.</summary>
    public GenerationRates? Rates { get; init; }

    /// <summary>Receives one line of text for each choice that the engine makes.</summary>
    public Action<string> Announce { get; init; } = _ => { };

    /// <summary>The model's name as the user gave it; null if the user gave the folder.</summary>
    public string? GivenAs { get; init; }

    /// <summary>
    /// The file of a LoRA adapter (.onnx_adapter) that is laid over the model's weights; null for none. If it cannot be used, or takes no
    /// part in what the model computes, loading fails.
    /// </summary>
    public string? Adapter { get; init; }

    /// <summary>The most tokens that a prompt and its completion may have together; null for the model's context length.</summary>
    public int? MaxLength { get; init; }

    /// <summary>
    /// The number of sequences that are computed in parallel, from 1 to the number of cores. Each has its own key-value cache and an
    /// equal share of the threads.
    /// </summary>
    public int Workers { get; init; } = 1;

    /// <summary>
    /// The number of threads that all workers have together; null for one thread per core. The runtime's own default is half of that.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>
    /// Whether a prefix that several prompts share is computed once. If not, every prompt is computed from its first token, which is
    /// slower and serves as a comparison.
    /// </summary>
    public bool PrefixReuse { get; init; } = true;

    /// <summary>
    /// Whether a prompt that is too long loses its beginning, as in lm-evaluation-harness's Hugging Face backend. If not, its request
    /// fails.
    /// </summary>
    public bool TruncateLeft { get; init; }

    /// <summary>Whether every prompt begins with the beginning-of-text token; null for what the tokenizer does by default.</summary>
    public bool? AddBosToken { get; init; }

    /// <summary>
    /// The tokenizer: "auto" for the model's tokenizer.json, or the runtime's own in a folder without that file; "genai" for the runtime's
    /// own.
    /// </summary>
    public string Tokenizer { get; init; } = "auto";

    /// <summary>
    /// What ends the reasoning in completions: a text, the id of a token, or "none" for completions that stay whole; null for what the
    /// tokenizer has.
    /// </summary>
    public string? ThinkEndToken { get; init; }

    /// <summary>The name of one of the model's chat templates; null for its default one.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Variables for the model's chat template, by name.</summary>
    public IReadOnlyDictionary<string, object?> ChatTemplateArguments { get; init; } = new Dictionary<string, object?>();

    /// <summary>The day that the chat template sees as today; null for the day on which the model is loaded.</summary>
    public DateOnly? TemplateDate { get; init; }

    /// <summary>Tells the day on which the model is loaded.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>
    /// Options of ONNX Runtime's session by name, such as graph_optimization_level, over those of the model's genai_config.json.
    /// </summary>
    internal IReadOnlyDictionary<string, string> SessionOptions { get; init; } = new Dictionary<string, string>();

    /// <summary>Options of the device's execution provider by name, such as use_tf32; the CPU has none.</summary>
    internal IReadOnlyDictionary<string, string> ProviderOptions { get; init; } = new Dictionary<string, string>();

    internal ConversationOptions Conversations => new()
    {
        Template = ChatTemplate,
        Arguments = ChatTemplateArguments,
        Date = TemplateDate,
        Clock = Clock,
        Announce = Announce,
    };

    /// <summary>Replaces what the probe finds, so that a test reaches code paths that no model on this machine takes.</summary>
    internal Capabilities? Assumed { get; init; }
}
