using EvalHarness.Results;

namespace EvalHarness.Analysis.Comparing;

/// <summary>
/// A task as two runs answered it: the prompts are compared while the samples are read, and numbers alone are kept, in
/// <see cref="JoinedScores"/>.
/// </summary>
/// <param name="scores">Those of all runs. The base's are the first, and a sample is added to them before it is added here.</param>
/// <param name="candidate">Which of the runs is compared with the base.</param>
/// <param name="task">The task.</param>
/// <param name="left">The base's name.</param>
/// <param name="right">The candidate's name.</param>
internal sealed class PairedTask(JoinedScores scores, int candidate, string task, string left, string right)
{
    private const int Base = 0;

    /// <summary>By score, the completions of the documents that both runs scored, and how many of them are the same text.</summary>
    private readonly Dictionary<string, (long All, long Same)> _completions = [];

    /// <summary>Whether both were asked the same conversations, which their chat templates write differently.</summary>
    internal bool OtherTemplate { get; private set; }

    /// <summary>Where the prompts of the two runs differ first; null where they do not.</summary>
    internal EvalException? Incomparable { get; private set; }

    internal (long All, long Same) Completions(string key) => _completions.GetValueOrDefault(key);

    /// <summary>The documents that either run has.</summary>
    internal IEnumerable<PairedSample> Samples(string key)
    {
        Func<int, double> ofBase = scores.ScoresOf(Base, key), ofCandidate = scores.ScoresOf(candidate, key);
        for (int row = 0; row < scores.Documents.Count; row++)
        {
            bool inBase = scores.Has(Base, row), inCandidate = scores.Has(candidate, row);
            if (inBase || inCandidate)
                yield return new PairedSample(scores.Documents[row], inBase && inCandidate, ofBase(row), ofCandidate(row));
        }
    }

    /// <summary>Of a document that not both runs have nothing is compared.</summary>
    /// <remarks>
    /// Conversations are compared by their messages, because each model's own chat template makes another text of them. Prompts that are
    /// texts are compared as they are.
    /// </remarks>
    internal void Add(JoinedSample sample)
    {
        if (Incomparable is not null || sample.Rows[Base] is not { } a || sample.Rows[candidate] is not { } b)
            return;
        if (!a.AsksTheSameAs(b))
        {
            Incomparable = new EvalException(
                ExitCode.Incomparable,
                $"{task}, document {sample.Document}: the prompts differ, so the scores say nothing about the models; "
                + PromptDifference.Between(a, b, left, right));
            return;
        }

        OtherTemplate |= a.HasMessagesAs(b) && !a.AllContexts.SequenceEqual(b.AllContexts);
        if (a.Completions.Count == 0)
            return;
        int same = a.Completions.Zip(b.Completions).Count(c => c.First == c.Second), row = scores.Documents.Count - 1;
        foreach (string key in scores.KeysOf(Base))
        {
            if (double.IsNaN(scores.Score(Base, key, row)) || double.IsNaN(scores.Score(candidate, key, row)))
                continue;
            (long all, long before) = Completions(key);
            _completions[key] = (all + a.Completions.Count, before + same);
        }
    }
}

/// <summary>A document of a task that one or both of two runs have.</summary>
/// <param name="Document">Its number.</param>
/// <param name="InBoth">Whether both runs have it.</param>
/// <param name="Base">The base's score; NaN where it has none.</param>
/// <param name="Candidate">The candidate's score; NaN where it has none.</param>
internal readonly record struct PairedSample(long Document, bool InBoth, double Base, double Candidate)
{
    /// <summary>Whether both runs scored it.</summary>
    internal bool IsScored => !double.IsNaN(Base) && !double.IsNaN(Candidate);
}
