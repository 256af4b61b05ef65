using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EvalHarness.Analysis.Receipts;

/// <summary>The tokens at which all candidates of a receipt are compared with the base.</summary>
/// <param name="Tasks">In the order of the base's run.</param>
internal sealed record FrozenTokens(IReadOnlyList<FrozenTask> Tasks)
{
    /// <summary>
    /// SHA-256 in lower-case hexadecimal over a line of UTF-8 for each document: the task, the document's number, the place of the answer's
    /// first token, and the token ids with spaces between; tabs between the four, and a line feed at the end.
    /// </summary>
    internal string Sha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (FrozenTask task in Tasks)
        {
            foreach (FrozenSequence sequence in task.Sequences)
            {
                string tokens = string.Join(' ', sequence.Tokens);
                hash.AppendData(Encoding.UTF8.GetBytes(string.Create(
                    CultureInfo.InvariantCulture, $"{task.Task}\t{sequence.Document}\t{sequence.AnswerFrom}\t{tokens}\n")));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
