using System.Text.Json.Serialization;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Nightly.Culprits;

/// <summary>The chosen rows, run again in one way: as the candidate was, or with something set back to what the base had.</summary>
internal sealed record CulpritTrial
{
    /// <summary>What is set back, in words.</summary>
    public required string Name { get; init; }

    /// <summary>The change that is set back; null where none is, or all are.</summary>
    public RunChange? Change { get; init; }

    /// <summary>The folder of the run; null where it could not be made.</summary>
    public string? Run { get; init; }

    /// <summary>Why there is no such run, in words; null where there is one.</summary>
    public string? Failure { get; init; }

    /// <summary>Flipped rows that were scored again.</summary>
    public int Flipped { get; init; }

    /// <summary>Those of them that went back to the base's score.</summary>
    public int Back { get; init; }

    /// <summary>Rows that had not flipped and were scored again.</summary>
    public int Others { get; init; }

    /// <summary>Those of them that have another score now.</summary>
    public int Moved { get; init; }

    /// <summary>One-sided p-value of <see cref="RepeatTest"/> against the repeats of the candidate; null for these.</summary>
    public double? P { get; init; }

    /// <summary>Raised for the number of changes that were set back alone (Holm); null where nothing is tested.</summary>
    [JsonPropertyName("p_holm")]
    public double? AdjustedP { get; init; }

    /// <summary>For each flipped row that was scored again, whether it went back.</summary>
    [JsonIgnore]
    internal IReadOnlyDictionary<CulpritRow, bool> WentBack { get; init; } = new Dictionary<CulpritRow, bool>();

    /// <summary>Reads what became of the rows.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the samples are missing or damaged.</exception>
    internal async Task<CulpritTrial> ReadAsync(RunFolder run, CulpritRows rows, CancellationToken cancellationToken)
    {
        var back = new Dictionary<CulpritRow, bool>();
        (int others, int moved) = (0, 0);
        foreach (IGrouping<(string Task, string Key), CulpritRow> task in rows.Chosen.GroupBy(r => (r.Task, r.Key)))
        {
            Dictionary<long, double> scores = await CulpritRows
                .ReadAsync(run, task.Key.Task, task.Key.Key, task.Select(r => r.Document).ToHashSet(), cancellationToken)
                .ConfigureAwait(false);
            foreach (CulpritRow row in task)
            {
                if (!scores.TryGetValue(row.Document, out double score))
                    continue;
                if (row.Flipped)
                    back[row] = row.IsBack(score);
                else
                    (others, moved) = (others + 1, moved + (row.Moved(score) ? 1 : 0));
            }
        }

        return this with
        {
            Run = run.Name,
            Flipped = back.Count,
            Back = back.Values.Count(isBack => isBack),
            Others = others,
            Moved = moved,
            WentBack = back,
        };
    }

    /// <summary>Tests whether more rows went back than when the candidate is repeated.</summary>
    internal CulpritTrial Test(IReadOnlyList<CulpritTrial> repeats) => Failure is not null ? this : this with
    {
        P = RepeatTest.P(
        [
            .. from row in WentBack
               let without = repeats.Where(r => r.WentBack.ContainsKey(row.Key)).Select(r => r.WentBack[row.Key]).ToArray()
               where without.Length > 0
               select (row.Value, without.Count(isBack => isBack), without.Length),
        ]),
    };
}
