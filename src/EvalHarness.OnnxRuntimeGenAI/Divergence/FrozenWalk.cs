using EvalHarness.Analysis.Receipts;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Planning;
using EvalHarness.Scoring.Metrics;

namespace EvalHarness.OnnxRuntimeGenAI.Divergence;

/// <summary>
/// Steps two models over the frozen tokens of a task. A beginning that several documents share is computed and compared once.
/// </summary>
internal sealed class FrozenWalk : IDisposable
{
    /// <summary>The most rows of logits that are read from each model at once.</summary>
    private const int RowsAtATime = 64;

    private readonly LoadedModel _left, _right;
    private readonly FrozenTask _task;
    private readonly FrozenDifferences _differences;
    private PairedSession? _pair;

    private FrozenWalk(LoadedModel left, LoadedModel right, FrozenTask task) =>
        (_left, _right, _task, _differences) = (left, right, task, new FrozenDifferences(task));

    /// <param name="left">The base.</param>
    /// <param name="right">The candidate.</param>
    /// <param name="task">The tokens, which fit into the contexts of both.</param>
    /// <param name="step">Is called with the number of tokens after each step.</param>
    /// <param name="cancellationToken">Checked before each step.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: a model gives logits that are not finite.</exception>
    internal static FrozenDifferences Run(
        LoadedModel left, LoadedModel right, FrozenTask task, Action<int> step, CancellationToken cancellationToken)
    {
        using var walk = new FrozenWalk(left, right, task);
        if (task.Sequences.Count > 0)
            walk.Run(step, cancellationToken);
        return walk._differences;
    }

    private void Run(Action<int> step, CancellationToken cancellationToken)
    {
        // The last token of a document is only looked for, and nothing is asked after it.
        using var fed = PlannedSequences.Of([.. _task.Sequences.Select(s => new PlannedSequence(s.Tokens[..^1], ReadFrom: 0))]);
        var plan = PrefixPlan.Build(fed, RowsAtATime);
        int held = 0, compared = 0;
        foreach (PlanStep next in plan.Steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int number = plan.Order[next.First];
            FrozenSequence sequence = _task.Sequences[number];
            // Of what this document shares with the one before it, all has been compared there.
            compared = Math.Min(compared, next.First == held ? int.MaxValue : plan.Common(held, next.First));
            GoTo(sequence.Tokens.AsSpan(0, next.Start));
            int from = compared;
            _pair!.Append(sequence.Tokens.AsSpan(next.Start, next.Length), (row, ofLeft, ofRight) =>
            {
                int position = next.Start + row + 1;
                if (position > from)
                    Add(number, sequence, position, ofLeft, ofRight);
            });
            (held, compared) = (next.First, Math.Max(compared, next.Start + next.Length));
            step(next.Length);
        }
    }

    private void Add(int number, FrozenSequence sequence, int position, ReadOnlySpan<float> ofLeft, ReadOnlySpan<float> ofRight)
    {
        TokenDifference difference = TokenDivergence.Compare(ofLeft, ofRight, sequence.Tokens[position]);
        if (!double.IsFinite(difference.Divergence) || !double.IsFinite(difference.BaseLoss + difference.CandidateLoss))
        {
            throw new EvalException(
                ExitCode.Model,
                $"{_task.Task}, document {sequence.Document}: after {position} tokens a model gives logits that are not finite, so that "
                + "the distributions cannot be compared; see doctor --model");
        }

        _differences.Add(number, new FrozenPoint(position, difference));
    }

    /// <summary>Brings both models to exactly these tokens, of which they hold a beginning or more than all.</summary>
    private void GoTo(ReadOnlySpan<int> tokens)
    {
        if (_pair is not null && _pair.Length != tokens.Length)
        {
            if (_pair.CanRewind)
            {
                _pair.RewindTo(tokens.Length);
            }
            else
            {
                _pair.Dispose();
                _pair = null;
            }
        }

        if (_pair is not null)
            return;
        _pair = new PairedSession(_left, _right, _task.Sequences.Max(s => s.Tokens.Length));
        int done = 0;
        foreach (int piece in PrefixPlan.Pieces(tokens.Length, RowsAtATime))
        {
            _pair.Append(tokens.Slice(done, piece));
            done += piece;
        }
    }

    public void Dispose() => _pair?.Dispose();
}
