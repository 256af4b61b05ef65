using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using EvalHarness.Results;

namespace EvalHarness.Running;

/// <summary>A task of the run that <c>--decide</c> compares with: its scores, and hashes in place of its prompts.</summary>
internal sealed class DecisionBaseTask
{
    private const int Base = 0;

    private static readonly string[] Columns = ["doc_id", "context", "contexts", "messages_sha256", "continuations", "scores"];

    private readonly JoinedScores _scores = new(runs: 1);
    private readonly NumberColumn<PromptHash> _prompts = new();
    private readonly HashSet<long> _flips = [];

    /// <param name="runs">The run that is compared with, and earlier ones that say which documents are likely to flip.</param>
    /// <param name="task">The task.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: a run's samples are missing or damaged.</exception>
    internal static async Task<DecisionBaseTask> ReadAsync(
        IReadOnlyList<FinishedRun> runs, string task, CancellationToken cancellationToken)
    {
        var read = new DecisionBaseTask();
        await foreach (JoinedSample sample in SampleJoin.ReadAsync(runs, task, Columns, cancellationToken).ConfigureAwait(false))
        {
            if (sample.Rows[Base] is not { } own)
                continue;
            read._scores.Add(new JoinedSample(sample.Document, [own]));
            read._prompts.Add(PromptHash.Of(own));
            if (sample.Rows.Any(earlier => earlier is not null && !earlier.Scores.SequenceEqual(own.Scores)))
                read._flips.Add(sample.Document);
        }

        return read;
    }

    internal bool Has(long document) => RowOf(document) >= 0;

    /// <summary>Whether an earlier run scored the document otherwise than this one did.</summary>
    internal bool IsLikelyFlip(long document) => _flips.Contains(document);

    /// <summary>The document's score; null where it errored.</summary>
    internal double? Score(long document, string key) =>
        _scores.Score(Base, key, RowOf(document)) is var score && double.IsNaN(score) ? null : score;

    /// <summary>As <see cref="SampleRow.AsksTheSameAs"/>.</summary>
    internal bool AsksTheSameAs(SampleRow asked) => _prompts[RowOf(asked.DocumentId)].AsksTheSameAs(PromptHash.Of(asked));

    /// <summary>The documents ascend. Negative where there is none of that number.</summary>
    private int RowOf(long document)
    {
        (int low, int high) = (0, _scores.Documents.Count - 1);
        while (low <= high)
        {
            int middle = (low + high) / 2;
            long found = _scores.Documents[middle];
            if (found == document)
                return middle;
            (low, high) = found < document ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }

    /// <summary>
    /// A quarter of a SHA-256 of what a document asks: with its messages, or 0 where it has none, and with its contexts.
    /// </summary>
    private readonly record struct PromptHash(ulong OfMessages, ulong OfContexts)
    {
        internal static PromptHash Of(SampleRow row) => new(
            row.MessagesSha256.Count > 0 ? Hash(row.MessagesSha256, row.Continuations) : 0, Hash(row.AllContexts, row.Continuations));

        internal bool AsksTheSameAs(PromptHash other) =>
            OfMessages != 0 && other.OfMessages != 0 ? OfMessages == other.OfMessages : OfContexts == other.OfContexts;

        private static ulong Hash(params ReadOnlySpan<IReadOnlyList<string?>> lists)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Span<byte> length = stackalloc byte[sizeof(int)];
            foreach (IReadOnlyList<string?> texts in lists)
            {
                // The number of texts and the length of each, so that a text that ends later is another one.
                BinaryPrimitives.WriteInt32LittleEndian(length, texts.Count);
                hash.AppendData(length);
                foreach (string? text in texts)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(length, text?.Length ?? -1);
                    hash.AppendData(length);
                    hash.AppendData(MemoryMarshal.AsBytes(text.AsSpan()));
                }
            }

            Span<byte> all = stackalloc byte[SHA256.HashSizeInBytes];
            hash.GetHashAndReset(all);
            return BinaryPrimitives.ReadUInt64LittleEndian(all);
        }
    }
}
