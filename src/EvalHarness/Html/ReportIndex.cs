using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Html;

/// <summary>What the page knows of every sample of a task without unpacking its texts.</summary>
/// <remarks>
/// Little-endian: the length of a header in four bytes, the header as JSON, zeros up to a multiple of eight, then columns with a value for
/// each document. Doubles: how much its number is larger than that of the one before; by run and key, the score, NaN for none. Bytes: by
/// run, the sum of <see cref="Is"/>.
/// </remarks>
internal sealed class ReportIndex(string task, int runs, int firstChunk)
{
    private readonly NumberColumn<byte>[] _flags = [.. Enumerable.Range(0, runs).Select(_ => new NumberColumn<byte>())];
    private readonly List<int> _chunks = [0];
    private string? _prefix;

    /// <summary>Of a document in a run.</summary>
    [Flags]
    private enum Is
    {
        None = 0,

        /// <summary>The run has the document.</summary>
        There = 1,

        /// <summary>It has an error instead of scores.</summary>
        Errored = 2,

        /// <summary>The first run has the document too, with other completions.</summary>
        OtherCompletions = 4,
    }

    /// <param name="Name">The task.</param>
    /// <param name="Keys">The "METRIC,FILTER" of its scores.</param>
    /// <param name="Count">How many documents it has.</param>
    /// <param name="Runs">How many runs there are.</param>
    /// <param name="Prefix">
    /// How many characters all prompts begin with alike: a search looks at what comes after the shots that all share.
    /// </param>
    /// <param name="FirstChunk">The number of its first chunk in the page.</param>
    /// <param name="Chunks">The first document of each chunk, and the number of documents.</param>
    private sealed record Header(
        string Name,
        IReadOnlyList<string> Keys,
        int Count,
        int Runs,
        int Prefix,
        [property: JsonPropertyName("firstChunk")] int FirstChunk,
        IReadOnlyList<int> Chunks);

    internal void Add(JoinedSample sample, string prompt)
    {
        _prefix = _prefix is null ? prompt : _prefix[..prompt.AsSpan().CommonPrefixLength(_prefix)];
        for (int run = 0; run < runs; run++)
            _flags[run].Add((byte)Flags(sample.Rows[run], sample.Rows[0]));
    }

    private static Is Flags(SampleRow? row, SampleRow? first) => row is null ? Is.None
        : Is.There
            | (row.Error is not null ? Is.Errored : Is.None)
            | (first is null || row.Completions.SequenceEqual(first.Completions) ? Is.None : Is.OtherCompletions);

    /// <summary>The documents since the last call are a chunk.</summary>
    internal void EndChunk() => _chunks.Add(_flags[0].Count);

    internal void Write(Stream stream, JoinedScores scores)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        IReadOnlyList<string> keys = scores.Keys;
        int count = scores.Documents.Count, prefix = count < 2 ? 0 : _prefix!.Length;
        var header = new Header(task, keys, count, runs, prefix, firstChunk, _chunks);
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(header, ResultsJson.Line);
        writer.Write(text.Length);
        writer.Write(text);
        for (int at = sizeof(int) + text.Length; at % sizeof(double) != 0; at++)
            writer.Write((byte)0);
        long last = 0;
        foreach (long document in scores.Documents)
        {
            writer.Write((double)(document - last));
            last = document;
        }

        for (int run = 0; run < runs; run++)
        {
            foreach (string key in keys)
            {
                for (int row = 0; row < count; row++)
                    writer.Write(scores.Score(run, key, row));
            }
        }

        foreach (byte flags in _flags.SelectMany(f => f))
            writer.Write(flags);
    }
}
