using System.Diagnostics;
using System.Runtime.InteropServices;
using EvalHarness.Engines;
using EvalHarness.LlamaCpp.Runtime;
using EvalHarness.Planning;
using EvalHarness.Tokens;

namespace EvalHarness.LlamaCpp.Engine;

/// <summary>
/// Executes a prefix plan in one session. Each step of the plan is appended once, and its rows of logits score every request that needs
/// them. A completion continues where its prompt ends. Steps that no pending request needs are left out.
/// </summary>
internal sealed class PrefixWalk : IDisposable
{
    private readonly LlamaModel _model;
    private readonly EncodedRequests _requests;
    private readonly PrefixPlan _plan;
    private readonly int _capacity;
    private readonly Dictionary<int, SequenceScore> _scores = [];

    /// <summary>By the place in the plan's order: which requests are still to be answered.</summary>
    private readonly bool[] _open;
    private readonly Stopwatch _sinceResponse = Stopwatch.StartNew();
    private LlamaSession? _session;

    /// <param name="model">The model.</param>
    /// <param name="requests">All requests of a task.</param>
    /// <param name="plan">The plan of these requests, or of some of them.</param>
    /// <param name="pending">Whether the request with a number is to be answered.</param>
    internal PrefixWalk(LlamaModel model, EncodedRequests requests, PrefixPlan plan, Predicate<int> pending)
    {
        (_model, _requests, _plan) = (model, requests, plan);
        _capacity = plan.Order.Max(i => requests.Capacity(i, model.Window));
        _open = [.. plan.Order.Select(i => pending(i))];
    }

    internal IEnumerable<NumberedResponse> Run(CancellationToken cancellationToken)
    {
        foreach (PlanStep step in _plan.Steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!Open(step.First, step.Last).Any())
                continue;
            foreach (NumberedResponse response in Execute(step, cancellationToken))
                yield return response;
        }
    }

    /// <summary>The places of the plan's order in a range whose requests are still to be answered.</summary>
    private IEnumerable<int> Open(int first, int last)
    {
        for (int place = first; place < last; place++)
        {
            if (_open[place])
                yield return place;
        }
    }

    private List<NumberedResponse> Execute(PlanStep step, CancellationToken cancellationToken)
    {
        var responses = new List<NumberedResponse>();
        try
        {
            float[]? last = Append(step);
            foreach (int place in Open(step.First, step.Ends))
            {
                int number = _plan.Order[place];
                responses.Add(new NumberedResponse(number, _requests.IsCompletion(number)
                    ? Complete(_requests[number], number, step, last!, cancellationToken)
                    : _scores[number].ToResponse(Lap())));
                Close(place);
            }
        }
        catch (LlamaException e)
        {
            // What the session holds is not known any more, so the steps that follow begin a new one.
            EndSession();
            string error = $"the runtime failed: {EvalException.OneLine(e.Message)}";
            foreach (int place in Open(step.First, step.Last))
            {
                responses.Add(_requests.Failed(_plan.Order[place], error));
                Close(place);
            }
        }

        return responses;
    }

    private void Close(int place)
    {
        _open[place] = false;
        _scores.Remove(_plan.Order[place]);
    }

    /// <returns>The last row of logits, or null if the step reads none.</returns>
    private float[]? Append(PlanStep step)
    {
        int number = _plan.Order[step.First];
        GoTo(number, step.Start);
        AppendTimed(_requests.Sequences.Slice(number, step.Start, step.Length), step.Read);
        if (!step.Read)
            return null;
        for (int row = 0; row < step.Length; row++)
            Score(step, step.Start + row, _session!.Row(row));
        return _session!.Row(step.Length - 1).ToArray();
    }

    /// <summary>Brings the session to the first tokens of a sequence, which earlier steps have computed.</summary>
    private void GoTo(int number, int length)
    {
        if (_session is not null && _session.Length != length && !_session.TryRewindTo(length))
            EndSession();
        if (_session is not null)
            return;
        // There is no session at the first step and after a failure.
        _session = _model.NewSession(_capacity);
        foreach (int piece in PrefixPlan.Pieces(length))
            AppendTimed(_requests.Sequences.Slice(number, _session.Length, piece), readLogits: false);
    }

    private void AppendTimed(ReadOnlySpan<int> tokens, bool readLogits)
    {
        long start = Stopwatch.GetTimestamp();
        _session!.Append(tokens, readLogits);
        _model.Work.CountPrefill(tokens.Length, Stopwatch.GetElapsedTime(start));
    }

    private void Score(PlanStep step, int position, ReadOnlySpan<float> row)
    {
        (double LogSumExp, int Likeliest)? summary = null;
        foreach (int place in Open(step.First, step.Last))
        {
            int number = _plan.Order[place];
            if (_requests.IsCompletion(number) || position < _requests.Sequences.ReadFrom(number))
                continue;
            summary ??= SequenceScore.Summarize(row);
            if (!_scores.TryGetValue(number, out SequenceScore? score))
                _scores[number] = score = _requests.Score(number);
            score.Add(position, row, summary.Value.LogSumExp, summary.Value.Likeliest);
        }
    }

    private Response Complete(
        EncodedRequest request, int number, PlanStep step, float[] firstRow, CancellationToken cancellationToken)
    {
        // An earlier completion of the same prompt may have appended its tokens.
        GoTo(number, step.Start + step.Length);
        var sampler = new TokenSampler(request.Options!, request.Seed);
        using var completion = new Completion(request, _model.Tokenizer, _model.EndIds, _model.Window);
        ReadOnlySpan<float> row = firstRow;
        while (completion.Add(sampler, row, out int token))
        {
            cancellationToken.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            _session!.Append(MemoryMarshal.CreateReadOnlySpan(ref token, 1), readLogits: true);
            row = _session.Row(0);
            _model.Work.CountDecode(1, Stopwatch.GetElapsedTime(start));
        }

        return completion.ToResponse(Lap());
    }

    private double Lap()
    {
        double milliseconds = _sinceResponse.Elapsed.TotalMilliseconds;
        _sinceResponse.Restart();
        return milliseconds;
    }

    private void EndSession()
    {
        _session?.Dispose();
        _session = null;
    }

    public void Dispose() => EndSession();
}
