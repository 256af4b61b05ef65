namespace EvalHarness.Tokenizers;

/// <summary>The tokens that a model knows, and their ids. Several threads may look up at the same time.</summary>
internal sealed class Vocabulary
{
    /// <summary>Far more than any vocabulary has; a larger id would make the table of ids exhaust the memory.</summary>
    internal const int HighestId = 16_777_215;

    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _spans;

    /// <summary>The ids of tokens that are one UTF-16 unit long, plus 1; 0 where there is none.</summary>
    private readonly int[] _units = new int[char.MaxValue + 1];

    private readonly string?[] _tokens;

    /// <param name="ids">The id of each token, from 0 to <see cref="HighestId"/>.</param>
    internal Vocabulary(Dictionary<string, int> ids)
    {
        _ids = ids;
        _spans = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        int highest = -1;
        foreach (int id in ids.Values)
            highest = Math.Max(highest, id);
        _tokens = new string?[highest + 1];
        foreach ((string token, int id) in ids)
        {
            _tokens[id] = token;
            LongestToken = Math.Max(LongestToken, token.Length);
            if (token.Length == 1)
                _units[token[0]] = id + 1;
        }
    }

    /// <summary>The number of tokens, which is less than the highest id plus 1 where ids are left out.</summary>
    internal int Count => _ids.Count;

    /// <summary>The length of the longest token in UTF-16 units.</summary>
    internal int LongestToken { get; }

    internal bool TryGetId(ReadOnlySpan<char> token, out int id)
    {
        if (token.Length != 1)
            return _spans.TryGetValue(token, out id);
        id = _units[token[0]] - 1;
        return id >= 0;
    }

    /// <summary>The token with an id; null for an id that the vocabulary does not have.</summary>
    internal string? TokenOf(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;
}
