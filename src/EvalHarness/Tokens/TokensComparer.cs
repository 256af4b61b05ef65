using EvalHarness.Planning;

namespace EvalHarness.Tokens;

/// <summary>Compares sequences of tokens by their content.</summary>
internal sealed class TokensComparer : IEqualityComparer<TokenSequence>
{
    /// <summary>Prompts of a task begin alike and end differently, so that their ends tell them apart.</summary>
    private const int Hashed = 64;

    internal static TokensComparer Instance { get; } = new();

    public bool Equals(TokenSequence x, TokenSequence y) => x.Length == y.Length && x.CommonPrefixLength(y) == x.Length;

    public int GetHashCode(TokenSequence obj)
    {
        var hash = new HashCode();
        hash.Add(obj.Length);
        for (int i = Math.Max(0, obj.Length - Hashed); i < obj.Length; i++)
            hash.Add(obj[i]);
        return hash.ToHashCode();
    }
}
