using EvalHarness.Analysis.Published.Ladder;
using EvalHarness.Results;

namespace EvalHarness.Tests.Analysis.Published.Ladder;

/// <summary>What a changed setting does to right and wrong rows.</summary>
/// <param name="Name">Of the setting.</param>
/// <param name="Won">The share of the rows that go from wrong to right.</param>
/// <param name="Lost">The share of the rows that go from right to wrong.</param>
internal sealed record SimulatedRung(string Name, double Won, double Lost);

/// <summary>
/// A measured run of right and wrong rows that no model computed, and settings that move some of them. Several settings together move what
/// each moves.
/// </summary>
internal sealed class SimulatedLadder
{
    private const string Key = "acc,none";

    private readonly Dictionary<LadderDocument, double> _measured = [];
    private readonly IReadOnlyList<SimulatedRung> _rungs;
    private readonly List<HashSet<LadderDocument>> _won = [], _lost = [];
    private readonly LadderSetting _setting = new() { Options = new RunOptions { Model = "m", Tasks = ["t"] }, Key = Key };

    /// <param name="rows">Documents.</param>
    /// <param name="score">The share of right ones.</param>
    /// <param name="rungs">Settings that can be changed.</param>
    /// <param name="seed">Draws everything.</param>
    internal SimulatedLadder(int rows, double score, IReadOnlyList<SimulatedRung> rungs, int seed)
    {
        _rungs = rungs;
        var random = new Random(seed);
        for (int i = 0; i < rows; i++)
            _measured[new LadderDocument("t", i)] = random.NextDouble() < score ? 1 : 0;
        foreach (SimulatedRung rung in rungs)
        {
            _won.Add([.. _measured.Where(r => r.Value == 0 && random.NextDouble() < rung.Won / (1 - score)).Select(r => r.Key)]);
            _lost.Add([.. _measured.Where(r => r.Value == 1 && random.NextDouble() < rung.Lost / score).Select(r => r.Key)]);
        }

        var documents = new LadderDocuments([.. _measured.Keys], seed);
        var series = LadderSeries.Of(documents, _setting, _measured.ToDictionary(r => r.Key, r => Row(r.Value)));
        Runs = new LadderRuns(series, documents, Ask);
    }

    internal LadderRuns Runs { get; }

    /// <summary>How often each document was asked in each setting.</summary>
    internal Dictionary<(string Setting, LadderDocument), int> Asked { get; } = [];

    /// <summary>Looks for what explains a gap of so many points; 1 for 100 points.</summary>
    internal async Task<LadderReport> FindAsync(double gap)
    {
        IReadOnlyList<LadderRound> rounds =
            await new LadderSearch(Runs, Choose).FindAsync(_setting, gap, margin: 0.02, CancellationToken.None);
        var report = new LadderReport
        {
            Score = "t",
            Gap = 100 * gap,
            GapLow = 0,
            GapHigh = 0,
            FullRun = _measured.Count,
            Folder = "f",
        };
        return report.With(rounds, Runs);
    }

    /// <summary>A bit of the seed for each setting that is changed.</summary>
    private static int Changed(LadderSetting setting) => setting.Options.NumFewShot ?? 0;

    private IReadOnlyList<LadderRung> Choose(LadderSetting setting, LadderSeries series) =>
    [
        .. _rungs.Select((rung, i) => new LadderRung
        {
            Name = rung.Name,
            From = "off",
            To = "on",
            Change = s => s with { Options = s.Options with { NumFewShot = Changed(s) | (1 << i) } },
        }),
    ];

    private Task<LadderAnswer> Ask(LadderQuestion question, CancellationToken cancellationToken)
    {
        int changed = Changed(question.Setting);
        foreach (LadderDocument document in question.Documents)
            Asked[($"{changed}", document)] = Asked.GetValueOrDefault(($"{changed}", document)) + 1;
        return Task.FromResult(new LadderAnswer(question.Documents.ToDictionary(d => d, d =>
        {
            double score = _measured[d];
            for (int i = 0; i < _rungs.Count; i++)
            {
                if ((changed & (1 << i)) != 0)
                    score = _won[i].Contains(d) ? 1 : _lost[i].Contains(d) ? 0 : score;
            }

            return Row(score);
        })));
    }

    private static LadderRow Row(double score) => new() { Scores = [(Key, score)] };
}
