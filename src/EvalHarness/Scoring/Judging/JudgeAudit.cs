using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tasks;

namespace EvalHarness.Scoring.Judging;

/// <summary>
/// Collects the scores that a judge gives to the same documents in several forms, and people's grades of them. It is fed from samples, so
/// that a run that is joined from parts has the same card.
/// </summary>
/// <param name="task">With a judge.</param>
/// <param name="filter">The name of the filter pipeline.</param>
internal sealed class JudgeAudit(TaskDefinition task, string filter)
{
    private readonly JudgeDefinition _judge = task.Judge!;
    private readonly string _score = task.Metrics[0].Name;
    private readonly Dictionary<string, double> _current = [];
    private readonly Dictionary<JudgeForm, List<(double First, double Second)>> _again = [];
    private readonly List<(double Label, double Grade)> _labelled = [];
    private readonly List<double> _others = [];
    private long _document = -1;

    /// <summary>The documents that are judged again: drawn by the seed, the same whichever of them a part of the run judges.</summary>
    /// <param name="run">A task with a judge.</param>
    internal static IReadOnlySet<long> Draw(TaskRun run)
    {
        int most = run.Definition.Judge!.Audit;
        return run.DocumentIds.Select(id => (long)id).OrderBy(Place).Take(most).ToHashSet();

        (ulong, long) Place(long id)
        {
            byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{run.SamplingSeed}\naudit\n{run.Definition.Name}\n{id}"));
            return (BinaryPrimitives.ReadUInt64BigEndian(hash), id);
        }
    }

    /// <summary>Whether a score of a sample is for the card alone, and no metric of the task.</summary>
    internal bool Owns(string metric) =>
        metric == JudgeForms.LabelMetric(_score) || JudgeForms.OfCard.Any(f => JudgeForms.Metric(f, _score) == metric);

    /// <param name="document">The scores of a document come one after the other.</param>
    /// <param name="metric">The task's own, or one of those that <see cref="Owns"/> names.</param>
    /// <param name="value">The score.</param>
    internal void Add(long document, string metric, double value)
    {
        if (document != _document)
            Close();
        _document = document;
        _current[metric] = value;
    }

    private void Close()
    {
        if (_current.TryGetValue(_score, out double asked))
        {
            foreach (JudgeForm form in JudgeForms.OfCard)
            {
                if (!_current.TryGetValue(JudgeForms.Metric(form, _score), out double again))
                    continue;
                if (!_again.TryGetValue(form, out List<(double, double)>? pairs))
                    _again[form] = pairs = [];
                pairs.Add((asked, again));
            }

            if (_current.TryGetValue(JudgeForms.LabelMetric(_score), out double label))
                _labelled.Add((label, asked));
            else
                _others.Add(asked);
        }

        _current.Clear();
    }

    /// <param name="documents">The number of documents that were graded or errored.</param>
    internal JudgeCard Card(int documents)
    {
        Close();
        return new JudgeCard
        {
            Task = task.Name,
            Filter = filter,
            Votes = _judge.Votes,
            Audited = Math.Min(_judge.Audit, documents),
            Again = JudgeForms.OfCard
                .Where(_again.ContainsKey)
                .ToDictionary(f => JudgeForms.Metric(f, "")[1..], f => Agreement(_again[f])!),
            Labels = Agreement([.. _labelled.Select(l => (l.Label, l.Grade))]),
            Corrected = Corrected(),
        };
    }

    private JudgeAgreement? Agreement(IReadOnlyList<(double First, double Second)> pairs) =>
        JudgeAgreement.Of(pairs, _judge.Grades.Min(g => g.Score), _judge.Grades.Max(g => g.Score));

    private CorrectedScore? Corrected()
    {
        if (PredictionPowered.Of(_labelled, _others) is not { } corrected || PredictionPowered.Of(_labelled, []) is not { } alone)
            return null;
        return new CorrectedScore(corrected.Value, corrected.Interval, _labelled.Count, alone.Value, alone.Interval);
    }
}
