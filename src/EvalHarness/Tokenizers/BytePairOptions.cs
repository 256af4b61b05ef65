namespace EvalHarness.Tokenizers;

/// <summary>What a byte-pair encoding says of itself in tokenizer.json beside its vocabulary and merges.</summary>
internal sealed record BytePairOptions
{
    /// <summary>Stands for code points that the vocabulary does not have; null if they are dropped.</summary>
    public string? UnknownToken { get; init; }

    /// <summary>Whether neighbouring unknown code points become one token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>Whether unknown code points become a token for each of their bytes, such as &lt;0xE2&gt;.</summary>
    public bool FallsBackToBytes { get; init; }

    /// <summary>Whether a word that is in the vocabulary is that token, whatever the merges would make of it.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>Stands before each symbol of a word but the first, in the vocabulary; empty if nothing does.</summary>
    public string ContinuingPrefix { get; init; } = "";

    /// <summary>Stands behind the last symbol of a word, in the vocabulary; empty if nothing does.</summary>
    public string EndSuffix { get; init; } = "";
}
