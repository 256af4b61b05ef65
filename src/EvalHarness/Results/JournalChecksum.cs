using System.Security.Cryptography;
using System.Text;

namespace EvalHarness.Results;

/// <summary>
/// The checksum at the end of each line of a journal. It is over the line and over what decides the run's numbers, so a line that was
/// changed, or that is from a run with another model, does not fit.
/// </summary>
/// <param name="run">A hash of what decides the run's numbers.</param>
/// <param name="required">Whether each line must have a checksum, which lines of earlier versions do not.</param>
internal sealed class JournalChecksum(byte[] run, bool required)
{
    private const int Digits = 16;
    private const string Field = ",\"checksum\":\"", End = "\"}";

    /// <summary>Whether each line must have a checksum.</summary>
    public bool IsRequired => required;

    /// <summary>The checksums of a run, which all its parts have in common.</summary>
    public static JournalChecksum Of(Manifest manifest) => new(HashOf(manifest), manifest.HasResponseChecksums);

    /// <summary>A hash of what decides the numbers of a run.</summary>
    internal static byte[] HashOf(Manifest manifest)
    {
        IEnumerable<string> identity = manifest.Options.Deciding().Concat(manifest.Identity()).Select(p => $"{p.Key} {p.Value}");
        string text = string.Join('\n', identity.Order(StringComparer.Ordinal));
        return SHA256.HashData(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>A line with its checksum as last field.</summary>
    /// <param name="line">A JSON object in UTF-8.</param>
    public byte[] Seal(ReadOnlySpan<byte> line) => [.. line[..^1], .. Encoding.ASCII.GetBytes($"{Field}{Of(line)}{End}")];

    /// <summary>What is wrong with the checksum of a line; null where nothing is.</summary>
    /// <param name="line">The line's bytes, without the line break.</param>
    /// <param name="checksum">What the line's JSON has as checksum.</param>
    public string? Problem(ReadOnlySpan<byte> line, string? checksum)
    {
        if (checksum is null)
            return required ? "has no checksum, which each line of this run has: it was changed, or is from another run" : null;
        int length = line.Length - Field.Length - Digits - End.Length;
        return length > 0 && line.SequenceEqual(Seal([.. line[..length], (byte)'}']))
            ? null
            : "its checksum does not fit: the line was changed after it was written, or is from another run";
    }

    private string Of(ReadOnlySpan<byte> line) => Convert.ToHexStringLower(SHA256.HashData([.. run, .. line]))[..Digits];
}
