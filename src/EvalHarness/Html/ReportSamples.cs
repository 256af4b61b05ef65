using System.Text.Json;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Html;

/// <summary>The most that the page unpacks at once.</summary>
/// <param name="Documents">How many documents.</param>
/// <param name="Characters">How long their texts may be together; a longer document stands alone.</param>
internal readonly record struct ReportChunkSize(int Documents, int Characters)
{
    internal static ReportChunkSize Default { get; } = new(2_000, 2 << 20);
}

/// <summary>
/// Writes the samples of a task to the page while they are read: their texts in chunks, then an index of numbers, by which the page lists,
/// filters and counts without unpacking a text.
/// </summary>
internal sealed class ReportSamples(ReportBlocks blocks, string task, int runs, ReportChunkSize size)
{
    private const string Chunk = "chunk";

    private readonly ReportIndex _index = new(task, runs, blocks.Count(Chunk));
    private readonly List<ReportSample> _pending = [];
    private int _characters;

    /// <summary>What the page shows of a sample, and what a comparison reads.</summary>
    internal static IReadOnlyCollection<string> Columns { get; } =
    [
        .. RunPair.Columns, "target", "log_likelihoods", "reasoning", "answers", "detail", "verdicts", "error",
    ];

    internal async Task AddAsync(JoinedSample sample)
    {
        var next = ReportSample.Of(sample);
        if (_pending.Count > 0 && (_pending.Count == size.Documents || _characters + next.Characters > size.Characters))
            await WriteChunkAsync().ConfigureAwait(false);
        _index.Add(sample, next.Prompt);
        _pending.Add(next);
        _characters += next.Characters;
    }

    /// <param name="scores">Those of all samples that were added.</param>
    internal async Task EndAsync(JoinedScores scores)
    {
        if (_pending.Count > 0)
            await WriteChunkAsync().ConfigureAwait(false);
        await blocks.WriteAsync("task", stream => _index.Write(stream, scores)).ConfigureAwait(false);
    }

    private async Task WriteChunkAsync()
    {
        _index.EndChunk();
        PageChunk chunk = PageChunk.Of(_pending);
        await blocks.WriteAsync(Chunk, stream => JsonSerializer.Serialize(stream, chunk, ResultsJson.Line)).ConfigureAwait(false);
        _pending.Clear();
        _characters = 0;
    }

    /// <summary>
    /// Some documents. The prefix is what all of their prompts begin with: shots that they share are kept once. Continuations are null
    /// where documents have different ones, or none. Answers are those of each run, in the order of the documents; null where the run has
    /// no such document.
    /// </summary>
    private sealed record PageChunk(
        string Prefix,
        List<string>? Continuations,
        IReadOnlyList<PageDocument> Documents,
        IReadOnlyList<IReadOnlyList<PageAnswer?>> Answers)
    {
        internal static PageChunk Of(List<ReportSample> samples)
        {
            string first = samples[0].Prompt;
            int shared = samples.Count < 2 ? 0 : samples.Min(s => s.Prompt.AsSpan().CommonPrefixLength(first));
            List<string> continuations = samples[0].First.Continuations;
            bool same = samples.All(s => s.First.Continuations.SequenceEqual(continuations));
            return new PageChunk(
                first[..shared],
                same ? PageAnswer.NullIfEmpty(continuations) : null,
                [.. samples.Select(s => new PageDocument(
                    s.Prompt[shared..], s.First.TargetJson(), same ? null : PageAnswer.NullIfEmpty(s.First.Continuations)))],
                [.. samples[0].Rows.Select((_, run) => (PageAnswer?[])[.. samples.Select(s => PageAnswer.Of(s.Rows[run]))])]);
        }
    }

    private sealed record PageDocument(string Prompt, string Target, List<string>? Continuations);
}
