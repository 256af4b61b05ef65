using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Scoring.Judging;

namespace EvalHarness.Analysis.Arena;

/// <summary>Ratings of the models of runs by a judge's verdicts, with the battles in files.</summary>
/// <param name="runs">The runs.</param>
/// <param name="rubric">How the judge is asked.</param>
/// <param name="folder">Where the battles are written.</param>
internal sealed class JudgedArena(ArenaRuns runs, PairRubric rubric, ArenaFolder folder)
{
    /// <summary>What decides verdicts besides the judge.</summary>
    internal IEnumerable<KeyValuePair<string, string>> Deciding => rubric.Identity().Concat(runs.Identity());

    /// <param name="judge">Is asked about all pairs of answers.</param>
    /// <param name="name">The name of the judge.</param>
    /// <param name="held">What of the answers' looks is held equal.</param>
    /// <param name="cancellationToken">Stops between two answers; those that the judge gave are kept.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.SamplesErrored"/>: no battle has a verdict. <see cref="ExitCode.Incomparable"/>: verdicts cannot be rated, or
    /// the runs were asked differently. The judge can answer no more, or samples are damaged.
    /// </exception>
    internal async Task<ArenaStandings> RateAsync(IJudge judge, string name, ArenaControls held, CancellationToken cancellationToken)
    {
        var judging = new ArenaJudging(runs, rubric, judge);
        (ArenaTally tally, PairJudgeAudit audit) = (new ArenaTally(held), new PairJudgeAudit());
        bool isRated = false;
        await using var battles = OutputStream.Create(folder.BattlesFile);
        await using var errored = OutputStream.Create(folder.ErroredFile);
        await foreach ((JudgedBattle inOrder, JudgedBattle turned) in judging.JudgeAsync(cancellationToken).ConfigureAwait(false))
        {
            audit.Add(inOrder, turned);
            foreach (JudgedBattle battle in (JudgedBattle[])[inOrder, turned])
            {
                await WriteAsync(battle.Outcome is null ? errored : battles, battle).ConfigureAwait(false);
                if (battle.Outcome is null)
                    continue;
                tally.Add(battle.ToBattle());
                isRated = true;
            }
        }

        await battles.CompleteAsync().ConfigureAwait(false);
        PairJudgeCard card = audit.Card(name, judging);
        if (card.Errored > 0)
            await errored.CompleteAsync().ConfigureAwait(false);
        else
            File.Delete(folder.ErroredFile);
        return isRated
            ? tally.Rate() with { Judge = card }
            : throw new EvalException(
                ExitCode.SamplesErrored,
                $"none of {card.Errored} battles has a verdict, so that nothing can be rated; the first is {card.FirstError}; see all in "
                + $"{Path.Combine(folder.Name, Path.GetFileName(folder.ErroredFile))}");
    }

    private static Task WriteAsync(OutputStream file, JudgedBattle battle)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(battle.ToLine(), ResultsJson.Line), (byte)'\n'];
        return file.WriteAsync(() => file.File.WriteAsync(line).AsTask());
    }
}
