using System.Security.Cryptography;
using System.Text;

namespace EvalHarness.LmEval;

/// <summary>
/// The hashes of a task's samples, and the one hash that stands for all of them. There the samples of one filter come before those of
/// the next, and here those of one document, so that the hashes are kept: 96 bytes for each document and filter.
/// </summary>
/// <remarks>Source: save_results_aggregated in lm-evaluation-harness's evaluation_tracker.py.</remarks>
internal sealed class SampleHashes
{
    private readonly OrderedDictionary<string, MemoryStream> _byFilter = [];

    /// <summary>SHA-256 in lower-case hexadecimal.</summary>
    internal static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <param name="filter">The filter of the sample.</param>
    /// <param name="hashes">Those of the document, of the prompt and of the target, in hexadecimal.</param>
    internal void Add(string filter, params IReadOnlyList<string> hashes)
    {
        if (!_byFilter.TryGetValue(filter, out MemoryStream? kept))
            _byFilter[filter] = kept = new MemoryStream();
        foreach (string hash in hashes)
            kept.Write(Convert.FromHexString(hash));
    }

    /// <summary>SHA-256 over the texts of all hashes, in lower-case hexadecimal.</summary>
    internal string OfTask()
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (MemoryStream kept in _byFilter.Values)
        {
            foreach (byte[] hash in kept.ToArray().Chunk(SHA256.HashSizeInBytes))
                all.AppendData(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash)));
        }

        return Convert.ToHexStringLower(all.GetHashAndReset());
    }
}
