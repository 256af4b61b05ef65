using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace EvalHarness.Prompts;

/// <summary>The seed of one sampled completion.</summary>
internal static class SampleSeed
{
    /// <summary>
    /// Derives it from a hash over the run's seed, the task, the document and the number of the completion, so that it depends on no other
    /// request. It has 31 bits, because the engine's seeds are signed 32-bit integers.
    /// </summary>
    internal static int Of(long seed, string task, long document, int index)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\n{task}\n{document}\n{index}"));
        return BinaryPrimitives.ReadInt32BigEndian(hash) & int.MaxValue;
    }
}
