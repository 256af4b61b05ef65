namespace EvalHarness.Tests.Engines.Faults;

/// <summary>Which operators a graph has for the same mathematics.</summary>
internal sealed record GraphForm
{
    internal AttentionForm Attention { get; init; }

    internal NormForm Norm { get; init; }

    internal ActivationForm Activation { get; init; }

    internal ProductForm Product { get; init; }

    /// <summary>Whether queries, keys and values are one product, and the feed-forward's gate and what it gates another.</summary>
    internal bool Joined { get; init; }

    /// <summary>The elements of weights, caches and logits: <see cref="GraphWriter.Float"/> or <see cref="GraphWriter.Half"/>.</summary>
    internal int Type { get; init; } = GraphWriter.Float;

    /// <summary>
    /// Whether every operator's result is rounded to 16 bits, as on devices that compute with them. On the CPU most operators compute 32
    /// bits in any case, and leave out the rounding between them. With <see cref="AttentionForm.Decomposed"/> alone.
    /// </summary>
    internal bool Rounded { get; init; }

    /// <summary>The step of a key-value cache of 8 bits, with <see cref="AttentionForm.Fused"/> alone; null for the graph's type.</summary>
    internal float? CacheStep { get; init; }

    /// <summary>The position of the first token, with rotation apart: only differences of positions matter.</summary>
    internal int FirstPosition { get; init; }

    /// <summary>Whether the runtime keeps one buffer for past and present keys; graphs that join them cannot use it.</summary>
    internal bool SharedBuffer { get; init; } = true;
}

/// <summary>How attention is computed.</summary>
internal enum AttentionForm
{
    /// <summary>GroupQueryAttention that rotates.</summary>
    Fused,

    /// <summary>RotaryEmbedding, and GroupQueryAttention.</summary>
    RotaryApart,

    /// <summary>Products, a mask and a softmax; rotation from cosines and sines.</summary>
    Decomposed,
}

/// <summary>How a norm is computed.</summary>
internal enum NormForm
{
    Fused,

    /// <summary>SkipSimplifiedLayerNormalization, which adds to the residual too.</summary>
    Skip,

    /// <summary>From squares and their mean.</summary>
    Decomposed,
}

/// <summary>How the gate's activation is computed.</summary>
internal enum ActivationForm
{
    /// <summary>A product with Sigmoid; one GELU operator.</summary>
    Usual,

    /// <summary>A division by 1 + exp(-x); GELU from Erf or Tanh.</summary>
    Other,
}

/// <summary>How a product by a weight is computed.</summary>
internal enum ProductForm
{
    MatMul,

    /// <summary>Gemm with transposed weights.</summary>
    Gemm,

    /// <summary>Two products over halves of the inner values, added.</summary>
    Halves,
}

/// <summary>A mistake in a graph.</summary>
internal enum GraphFault
{
    None,
    RotationInterleaved,
    PositionsLateAfterPrompt,
    KeyHeadsTiled,
    LayerLeftOut,
    StaleCache,
    NotCausal,
    LastTokenDropped,
    FirstTokenDropped,
    RowBefore,
    PaddingAttended,
    ConstantLogits,
    LoneTokensScaled,
    LongAppendsScaled,
    RowsOfFirst,
}
