using System.Runtime.CompilerServices;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Scoring.Judging;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Arena;

/// <summary>Has a judge compare the answers of runs, two at a time and in both orders.</summary>
/// <param name="runs">The runs.</param>
/// <param name="rubric">How the judge is asked.</param>
/// <param name="judge">The judge.</param>
internal sealed class ArenaJudging(ArenaRuns runs, PairRubric rubric, IJudge judge)
{
    /// <summary>Documents of two runs that are not the same in both.</summary>
    internal int OtherDocuments { get; private set; }

    /// <summary>Documents of two runs with an error, or without an answer, in one of them.</summary>
    internal int Unanswered { get; private set; }

    /// <summary>Pairs of answers whose judge reads a whole conversation, because its last turn is not known.</summary>
    internal int WholePrompts { get; private set; }

    /// <summary>
    /// Makes the question about the first pair of answers, so that a rubric that does not fit is found before a judge is loaded.
    /// </summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: it does not fit. <see cref="ExitCode.Incomparable"/>: there is nothing to judge.
    /// </exception>
    internal static async Task CheckAsync(ArenaRuns runs, PairRubric rubric, CancellationToken cancellationToken)
    {
        (int others, int unanswered) = (0, 0);
        foreach ((string task, int first, int second) in runs.Pairs)
        {
            AnswerPairs read = await ReadAsync(runs, task, first, second, cancellationToken).ConfigureAwait(false);
            if (read.Pairs is [{ } pair, ..])
            {
                try
                {
                    _ = rubric.Of(pair, task);
                    return;
                }
                catch (EvalException e)
                {
                    throw new EvalException(ExitCode.Usage, $"{e.Message} ({task}, document {pair.DocumentId})", e);
                }
            }

            (others, unanswered) = (others + read.OtherDocuments, unanswered + read.Unanswered);
        }

        throw new EvalException(
            ExitCode.Incomparable,
            $"no two runs answered the same document: {others} documents are not the same in two runs, and {unanswered} have an error or "
            + "no answer in one of them");
    }

    private static Task<AnswerPairs> ReadAsync(ArenaRuns runs, string task, int first, int second, CancellationToken cancellationToken) =>
        new AnswerPairReader(runs.Runs[first], runs.Runs[second], task).ReadAsync(runs.Most(task, first, second), cancellationToken);

    /// <returns>For each pair of answers its two battles: in the second one the other answer stands first.</returns>
    /// <exception cref="EvalException">The runs were asked differently, samples are damaged, or the judge can answer no more.</exception>
    internal async IAsyncEnumerable<(JudgedBattle InOrder, JudgedBattle Turned)> JudgeAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach ((string task, int first, int second) in runs.Pairs)
        {
            AnswerPairs read = await ReadAsync(runs, task, first, second, cancellationToken).ConfigureAwait(false);
            OtherDocuments += read.OtherDocuments;
            Unanswered += read.Unanswered;
            WholePrompts += read.WholePrompts;
            string journalTask = $"{task}: {runs.Names[first]} and {runs.Names[second]}";
            var questions = new List<(AnswerPair Pair, string? Problem)>();
            var requests = new List<GenerateRequest>();
            foreach (AnswerPair pair in read.Pairs)
            {
                try
                {
                    requests.AddRange(rubric.Of(pair, journalTask));
                    questions.Add((pair, null));
                }
                catch (EvalException e)
                {
                    questions.Add((pair, e.Message));
                }
            }

            IReadOnlyList<Response> responses =
                requests.Count == 0 ? [] : await judge.AskAsync(requests, cancellationToken).ConfigureAwait(false);
            int next = 0;
            foreach ((AnswerPair pair, string? problem) in questions)
            {
                (JudgedBattle battle, JudgedBattle turned) = (Battle(pair, first, second), Battle(pair, second, first));
                yield return problem is not null
                    ? (battle with { Error = problem }, turned with { Error = problem })
                    : (Judged(battle, responses[next++]), Judged(turned, responses[next++]));
            }
        }

        JudgedBattle Battle(AnswerPair pair, int a, int b) => new()
        {
            Document = $"{pair.Task} {pair.DocumentId}",
            ModelA = runs.Names[a],
            ModelB = runs.Names[b],
            Outcome = null,
            Error = null,
            AnswerA = a < b ? pair.First : pair.Second,
            AnswerB = a < b ? pair.Second : pair.First,
        };

        JudgedBattle Judged(JudgedBattle battle, Response response)
        {
            (BattleOutcome? outcome, string? problem) = rubric.Verdict(response);
            return battle with { Outcome = outcome, Error = problem };
        }
    }
}
