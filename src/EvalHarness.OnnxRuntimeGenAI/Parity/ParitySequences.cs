using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>The token sequences that both sides compute, and the positions whose rows they keep. Both sides make the same ones.</summary>
/// <param name="plan">Has the text.</param>
/// <param name="vocabulary">The number of tokens.</param>
/// <param name="padding">The padding tokens of both sides, which the runtime masks in prompts.</param>
internal sealed class ParitySequences(ParityPlan plan, int vocabulary, IReadOnlyList<int> padding)
{
    /// <summary>The number of sequences that a batch has at most. Each has other tokens, so that a mix-up shows.</summary>
    internal const int Most = 4;

    /// <summary>The most logits that one append may give, 512 MiB: a long prompt with a large vocabulary would not fit at once.</summary>
    private const int MostLogits = 1 << 27;

    /// <summary>The number of tokens that are computed one by one, at most half of the sequence.</summary>
    private const int MostSteps = 16;

    /// <summary>The number of tokens of a detour: as many positions of a stale cache would be read.</summary>
    private const int MostDetour = 64;

    /// <summary>The number of probes at a length for which rows are kept at the same time, about.</summary>
    private const int ProbesAtOnce = 80;

    /// <summary>The greatest number of rows of a probe: more of them cost reading and say no more.</summary>
    private const int MostRows = 160;

    /// <summary>The number of sequences that are computed together.</summary>
    internal static IReadOnlyList<int> Batches { get; } = [2, 4];

    /// <summary>The longest length at which batches are computed: padding and masks are the same at any.</summary>
    internal const int LongestBatch = 256;

    /// <summary>The sequence that goes through the vocabulary and not through the text.</summary>
    internal const int Vocabulary = Most;

    /// <summary>The longest sequence through the vocabulary.</summary>
    internal const int LongestVocabulary = 1024;

    /// <summary>The step from one token of the vocabulary to the next, a prime, so that all of them come in turn.</summary>
    private const int VocabularyStep = 7919;

    /// <summary>The tokens that are generated after each prompt of a batch.</summary>
    internal const int Generated = 3;

    private readonly int _rows = (int)Math.Clamp(plan.RowBytes / (vocabulary * sizeof(float)) / ProbesAtOnce, 8, MostRows);

    /// <summary>The most tokens that are appended at once.</summary>
    internal int WholeLength => Math.Max(64, MostLogits / vocabulary / 8 * 8);

    /// <summary>SHA-256 over tokens, positions and lengths, as hexadecimal digits: builds that agree in it compute the same rows.</summary>
    internal string Identity
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (int length in (int[])[16, 64, 256, 1024])
            {
                foreach (int sequence in Enumerable.Range(0, Vocabulary + 1))
                    hash.AppendData(MemoryMarshal.AsBytes<int>(Tokens(sequence, length)));
                hash.AppendData(MemoryMarshal.AsBytes<int>(Positions(length)));
                hash.AppendData(MemoryMarshal.AsBytes<int>([.. Lengths(length, Most), Steps(length), WholeLength, Generated]));
                hash.AppendData(MemoryMarshal.AsBytes<int>(Detour(Tokens(0, length), length / 2)));
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    internal static int Steps(int length) => Math.Min(MostSteps, length / 2);

    /// <summary>The first tokens of one of the sequences, which are parts of the text that begin at different places.</summary>
    internal int[] Tokens(int sequence, int length)
    {
        int[] tokens = new int[length];
        if (sequence == Vocabulary)
        {
            for (int i = 0; i < length; i++)
                tokens[i] = i < plan.Prefix.Count ? plan.Prefix[i] : FromVocabulary(i);
            return tokens;
        }

        int start = (int)((long)sequence * 37 % plan.Tokens.Count);
        for (int i = 0; i < length; i++)
            tokens[i] = i < plan.Prefix.Count ? plan.Prefix[i] : plan.Tokens[(start + i - plan.Prefix.Count) % plan.Tokens.Count];
        return tokens;
    }

    private int FromVocabulary(int place)
    {
        int token = (int)((long)place * VocabularyStep % vocabulary);
        while (padding.Contains(token))
            token = (token + 1) % vocabulary;
        return token;
    }

    /// <summary>Other tokens than those of a sequence at the same place: the same ones turned around.</summary>
    internal static int[] Detour(int[] tokens, int from)
    {
        int[] detour = tokens[from..Math.Min(tokens.Length, from + MostDetour)];
        Array.Reverse(detour);
        return detour;
    }

    /// <summary>The given lengths of the sequences of a batch.</summary>
    internal static int[] Lengths(int length, int batch) =>
        [.. new[] { length, length - 3, length / 2, length / 4 }.Take(batch).Select(n => Math.Max(2, n))];

    /// <summary>
    /// The positions whose rows are kept: the first ones, where caches begin, the last ones, where the steps are, the ends of the rows of
    /// batches, and as many as there is room for between them, evenly.
    /// </summary>
    internal int[] Positions(int length)
    {
        if (length <= _rows)
            return [.. Enumerable.Range(0, length)];
        var positions = new SortedSet<int>(Enumerable.Range(0, 2));
        int tail = Math.Min(MostSteps, _rows / 2);
        positions.UnionWith(Enumerable.Range(length - tail, tail));
        if (length <= LongestBatch)
            positions.UnionWith(Lengths(length, Most).Select(n => n - 1));
        int between = Math.Max(1, _rows - positions.Count);
        for (int i = 1; i <= between; i++)
            positions.Add((int)((long)i * (length - tail) / (between + 1)));
        return [.. positions];
    }
}
