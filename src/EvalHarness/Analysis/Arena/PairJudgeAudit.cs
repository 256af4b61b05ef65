using System.Globalization;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Arena;

/// <summary>Collects what a judge said of pairs of answers in both orders, and makes its card.</summary>
internal sealed class PairJudgeAudit
{
    private readonly ArenaTally _byLength = new(ArenaControls.Read("length"));
    private readonly OrderedDictionary<string, Counts> _documents = [];
    private int _errored;
    private string? _firstError;

    private sealed class Counts
    {
        internal int Pairs, Same, Decided, FirstWon;
    }

    internal void Add(JudgedBattle inOrder, JudgedBattle turned)
    {
        foreach (JudgedBattle battle in (JudgedBattle[])[inOrder, turned])
        {
            if (battle.Outcome is not null)
            {
                _byLength.Add(battle.ToBattle());
                continue;
            }

            _errored++;
            _firstError ??= $"{battle.Document}, {battle.ModelA} and {battle.ModelB}: {battle.Error}";
        }

        if (inOrder.Outcome is not { } first || turned.Outcome is not { } second)
            return;
        if (!_documents.TryGetValue(inOrder.Document, out Counts? counts))
            _documents[inOrder.Document] = counts = new Counts();
        counts.Pairs++;
        // The places are changed, so that the same answer won where the verdicts are different ones.
        counts.Same += first == BattleOutcome.Tie ? second == first ? 1 : 0 : second != BattleOutcome.Tie && second != first ? 1 : 0;
        foreach (BattleOutcome outcome in (BattleOutcome[])[first, second])
        {
            counts.Decided += outcome == BattleOutcome.Tie ? 0 : 1;
            counts.FirstWon += outcome == BattleOutcome.First ? 1 : 0;
        }
    }

    /// <param name="judge">The name of the judge.</param>
    /// <param name="judging">Counted what was left out.</param>
    internal PairJudgeCard Card(string judge, ArenaJudging judging)
    {
        (double? same, Interval? sameInterval) = Same();
        (double? first, Interval? firstInterval) = First();
        (ArenaEffect? length, string? why) = Length();
        var card = new PairJudgeCard
        {
            Judge = judge,
            Pairs = _documents.Values.Sum(d => d.Pairs),
            Same = _documents.Values.Sum(d => d.Same),
            SameShare = same,
            SameInterval = sameInterval,
            Decided = _documents.Values.Sum(d => d.Decided),
            FirstWon = _documents.Values.Sum(d => d.FirstWon),
            FirstShare = first,
            FirstInterval = firstInterval,
            Length = length,
            Errored = _errored,
            FirstError = _firstError,
            OtherDocuments = judging.OtherDocuments,
            Unanswered = judging.Unanswered,
            Notes = [],
        };
        return card with { Notes = [.. Notes(card, why, judging.WholePrompts)] };
    }

    /// <summary>Where each document has one pair, this is the share of pairs with Wilson's interval.</summary>
    private (double? Share, Interval? Interval) Same()
    {
        double[] shares = [.. _documents.Values.Select(d => (double)d.Same / d.Pairs)];
        if (shares.Length == 0)
            return (null, null);
        double mean = shares.Average();
        return (mean, Interval.OfMean(mean, shares.Length, Aggregation.MeanStandardError(shares)));
    }

    /// <summary>
    /// Of each document the share that the first place won against that which the second one won. Most judges give both the same on most
    /// documents, so that the interval allows for differences that a few documents do not show.
    /// </summary>
    private (double? Share, Interval? Interval) First()
    {
        Counts[] decided = [.. _documents.Values.Where(d => d.Decided > 0)];
        if (decided.Length == 0)
            return (null, null);
        PairedRow[] rows =
        [
            .. decided.Select(d => new PairedRow(0, (double)(d.Decided - d.FirstWon) / d.Decided, (double)d.FirstWon / d.Decided)),
        ];
        var moments = PairedMoments.Of(rows, sameWeights: false);
        double share = (1 + moments.Difference) / 2;
        return (share, decided.Length < 2 ? null : Interval.OfMean(share, decided.Length, Math.Sqrt(moments.DifferenceVariance) / 2));
    }

    /// <summary>From ratings with length held equal; where there is no effect, why.</summary>
    private (ArenaEffect? Effect, string? Why) Length()
    {
        try
        {
            return _byLength.Rate().Effects is [var effect]
                ? (effect, null)
                : (null, "What length does to verdicts is not known: both answers are equally long in every battle.");
        }
        catch (EvalException e)
        {
            return (null, $"What length does to verdicts is not known: {e.Message}.");
        }
    }

    private static IEnumerable<string> Notes(PairJudgeCard card, string? why, int wholePrompts)
    {
        if (card is { FirstInterval: { } place, FirstShare: { } share } && (place.Low > 0.5 || place.High < 0.5))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"The judge leans to the answer that stands {(share > 0.5 ? "first" : "second")}: "
                + $"it won {100 * (share > 0.5 ? share : 1 - share):0}% of decided battles. Each pair is judged in both orders, so that no "
                + $"model gains by it, but such verdicts say less.");
        }

        if (card.Length is { } length && (length.EffectInterval.Low > 0 || length.EffectInterval.High < 0))
        {
            string liked = length.Effect > 0 ? "longer" : "shorter";
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"The judge leans to {liked} answers: a typical difference in length brings the {liked} one {Math.Abs(length.Effect):0} "
                + $"points. --controls length holds that equal.");
        }

        if (why is not null)
            yield return why;
        if (wholePrompts > 0)
        {
            yield return $"Of {wholePrompts} pairs of answers the judge read the whole prompt, with the marks of the first run's chat "
                + "template, because samples do not say which part of it is the last question.";
        }
    }
}
