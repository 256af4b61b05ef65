using EvalHarness.Planning;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>How a model is loaded and run.</summary>
public sealed record GenAiOptions
{
    /// <summary>cpu, cuda or directml. There is no fallback from one to another.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// Greedy completions generated together, 1 to 32; null to choose for each task between one by one over shared prefixes and
    /// batches, from measured rates. Log-likelihoods share their contexts instead and are not batched.
    /// </summary>
    public int? BatchSize { get; init; } = 1;

    /// <summary>Measured before, by the run that is resumed: the choices must be the same.</summary>
    public GenerationRates? Rates { get; init; }

    /// <summary>Told of choices that the engine makes, in a line each.</summary>
    public Action<string> Announce { get; init; } = _ => { };

    /// <summary>How the user named the model, where that is not its folder.</summary>
    public string? GivenAs { get; init; }

    /// <summary>Tokens of prompt and completion together; null for the model's own context.</summary>
    public int? MaxLength { get; init; }

    /// <summary>
    /// Sequences computed side by side, each with a key-value cache of its own and its share of the cores (the runtime's own
    /// default is half of them); 1 to the number of cores.
    /// </summary>
    public int Workers { get; init; } = 1;

    /// <summary>Threads of all workers together; null for one per core.</summary>
    public int? Threads { get; init; }

    /// <summary>Walk shared prefixes once. Off, every prompt is computed from its first token: slower, for comparison.</summary>
    public bool PrefixReuse { get; init; } = true;

    /// <summary>Cut the beginning off prompts that are too long, as the reference's Hugging Face backend does; otherwise they fail.</summary>
    public bool TruncateLeft { get; init; }

    /// <summary>Begin every prompt with the beginning-of-text token, or none; null for what the model's tokenizer does.</summary>
    public bool? AddBosToken { get; init; }

    /// <summary>Instead of what the probe finds: lets a test walk the ways that this machine's models never take.</summary>
    internal Capabilities? Assumed { get; init; }
}
