namespace EvalHarness.Tests.Engines.Faults;

/// <summary>A small decoder of the Llama kind.</summary>
internal sealed record Architecture
{
    internal int Vocabulary { get; init; } = 1536;

    internal int Width { get; init; } = 64;

    internal int Layers { get; init; } = 2;

    internal int Heads { get; init; } = 4;

    internal int KeyHeads { get; init; } = 2;

    internal int Head { get; init; } = 16;

    internal int FeedForward { get; init; } = 96;

    internal int Context { get; init; } = 320;

    /// <summary>The tokens that a token attends to, itself included; 0 for all.</summary>
    internal int Window { get; init; }

    /// <summary>Whether the classifier is the embedding.</summary>
    internal bool Tied { get; init; }

    /// <summary>Whether queries, keys and values have biases.</summary>
    internal bool Biases { get; init; }

    internal Activation Activation { get; init; }

    /// <summary>The base of the rotary positions.</summary>
    internal double Theta { get; init; } = 10_000;

    /// <summary>Rotary positions are divided by it.</summary>
    internal double Stretch { get; init; } = 1;

    /// <summary>Positions from here on have the angles of the last one before; null where all have their own.</summary>
    internal int? LastAngle { get; init; }

    internal float Epsilon { get; init; } = 1e-5f;

    /// <summary>Factor of the attention's scores, beside one over the root of a head's size.</summary>
    internal float ScoreFactor { get; init; } = 1;
}

/// <summary>What the gate of a feed-forward goes through.</summary>
internal enum Activation
{
    Silu,
    Gelu,
    GeluTanh,
}
