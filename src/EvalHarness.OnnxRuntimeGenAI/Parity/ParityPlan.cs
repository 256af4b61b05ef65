namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>What both sides compute, and for how long.</summary>
internal sealed record ParityPlan
{
    /// <summary>The token ids of the text, at least one. Sequences that are longer than it go through it again.</summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>The tokens that every sequence begins with: the beginning-of-text token, or none.</summary>
    public IReadOnlyList<int> Prefix { get; init; } = [];

    /// <summary>The longest sequence; null for the models' context.</summary>
    public int? MaxContext { get; init; }

    /// <summary>
    /// The time that both sides together may compute, without loading. The shortest length is computed in any case, and a longer one only
    /// where the measured rate says that it can be done in time.
    /// </summary>
    public double Seconds { get; init; } = 60;

    /// <summary>Whether each side also runs a few tokens with ONNX Runtime's profile, which says which provider computed what.</summary>
    public bool Profile { get; init; } = true;

    /// <summary>The most bytes of logits that a side keeps in a temporary file.</summary>
    public long RowBytes { get; init; } = 1L << 30;
}
