using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EvalHarness.Results;

namespace EvalHarness.Analysis.History;

/// <summary>A task's samples, of which only the scores and a fingerprint are kept.</summary>
internal sealed class SampledTask(string name)
{
    /// <summary>The one run in <see cref="Scores"/>.</summary>
    internal const int Run = 0;

    private static readonly string[] Columns = ["doc_id", "document", "scores"];

    /// <summary>Of the documents' texts.</summary>
    private readonly NumberColumn<long> _fingerprints = new();

    internal string Name => name;

    internal JoinedScores Scores { get; } = new(runs: 1);

    internal int Rows => _fingerprints.Count;

    internal static async Task<SampledTask> ReadAsync(RunFolder folder, string task, CancellationToken cancellationToken)
    {
        var read = new SampledTask(task);
        await foreach (SampleRow row in folder.StreamSamplesByDocumentAsync(task, Columns, cancellationToken).ConfigureAwait(false))
            read.Add(row);
        return read;
    }

    /// <param name="row">A row; documents come in ascending order.</param>
    internal void Add(SampleRow row)
    {
        Scores.Add(new JoinedSample(row.DocumentId, [row]));
        _fingerprints.Add(BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes(row.Document))));
    }

    /// <summary>A score row by row; NaN for rows that errored.</summary>
    internal IEnumerable<double> ScoresOf(string key) => Enumerable.Range(0, Rows).Select(Scores.ScoresOf(Run, key));

    /// <summary>What tells each row from others: the task, the document's number and its text. They come in ordinal order.</summary>
    internal IEnumerable<string> Identities()
    {
        int[] rows = [.. Enumerable.Range(0, Rows)];
        Array.Sort(rows, (a, b) => CompareAsText(Scores.Documents[a], Scores.Documents[b]));
        return rows.Select(
            row => string.Create(CultureInfo.InvariantCulture, $"{name} {Scores.Documents[row]} {_fingerprints[row]}"));
    }

    /// <summary>Compares two numbers, 0 or more, as their decimal digits with a space behind them compare: 10 stands before 2.</summary>
    private static int CompareAsText(long a, long b)
    {
        int digitsOfA = Digits(a), digitsOfB = Digits(b);
        UInt128 first = (UInt128)a, second = (UInt128)b;
        for (int i = digitsOfA; i < digitsOfB; i++)
            first *= 10;
        for (int i = digitsOfB; i < digitsOfA; i++)
            second *= 10;
        int order = first.CompareTo(second);
        return order != 0 ? order : digitsOfA.CompareTo(digitsOfB);
    }

    private static int Digits(long number)
    {
        int digits = 1;
        for (; number >= 10; number /= 10)
            digits++;
        return digits;
    }
}
