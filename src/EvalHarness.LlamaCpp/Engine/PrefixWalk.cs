using System.Diagnostics;
using System.Runtime.InteropServices;
using EvalHarness.Engines;
using EvalHarness.LlamaCpp.Runtime;
using EvalHarness.Planning;
using EvalHarness.Tasks;
using EvalHarness.Tokens;

namespace EvalHarness.LlamaCpp.Engine;

/// <summary>
/// Executes a prefix plan in one session. Each step of the plan is appended once, and its rows of logits score every request that needs
/// them. A completion continues where its prompt ends. Steps that no pending request needs are left out.
/// </summary>
internal sealed class PrefixWalk : IDisposable
{
    private readonly LlamaModel _model;
    private readonly List<EncodedRequest> _requests;
    private readonly PrefixPlan _plan;
    private readonly int _capacity;
    private readonly bool[] _open;
    private readonly SequenceScore?[] _scores;
    private readonly Stopwatch _sinceResponse = Stopwatch.StartNew();
    private LlamaSession? _session;

    internal PrefixWalk(LlamaModel model, List<EncodedRequest> requests, PrefixPlan plan, Predicate<EncodedRequest> pending)
    {
        (_model, _requests, _plan) = (model, requests, plan);
        _capacity = requests.Max(r => r.Capacity(model.Window));
        _open = [.. requests.Select(r => pending(r))];
        _scores = new SequenceScore?[requests.Count];
    }

    internal IEnumerable<Response> Run(CancellationToken cancellationToken)
    {
        foreach (PlanStep step in _plan.Steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!Open(step.First, step.Last).Any())
                continue;
            foreach (Response response in Execute(step, cancellationToken))
                yield return response;
        }
    }

    /// <summary>The indices of pending requests among some of the plan's order.</summary>
    private IEnumerable<int> Open(int first, int last) =>
        Enumerable.Range(first, last - first).Select(i => _plan.Order[i]).Where(index => _open[index]);

    private List<Response> Execute(PlanStep step, CancellationToken cancellationToken)
    {
        var responses = new List<Response>();
        try
        {
            float[]? last = Append(step);
            foreach (int index in Open(step.First, step.Ends))
            {
                responses.Add(_requests[index].Options is { } options
                    ? Complete(_requests[index], options, step, last!, cancellationToken)
                    : _scores[index]!.ToResponse(Lap()));
                (_open[index], _scores[index]) = (false, null);
            }
        }
        catch (LlamaException e)
        {
            // What the session holds is not known any more, so the steps that follow begin a new one.
            EndSession();
            foreach (int index in Open(step.First, step.Last).ToList())
            {
                _open[index] = false;
                EncodedRequest request = _requests[index];
                string error = $"the runtime failed: {EvalException.OneLine(e.Message)}";
                responses.Add(Response.Failed(request.Key, error, request.PromptTokens));
            }
        }

        return responses;
    }

    /// <returns>The last row of logits, or null if the step reads none.</returns>
    private float[]? Append(PlanStep step)
    {
        TokenSequence tokens = _requests[_plan.Order[step.First]].Sequence.Tokens;
        GoTo(tokens, step.Start);
        AppendTimed(tokens.Slice(step.Start, step.Length), step.Read);
        if (!step.Read)
            return null;
        for (int row = 0; row < step.Length; row++)
            Score(step, step.Start + row, _session!.Row(row));
        return _session!.Row(step.Length - 1).ToArray();
    }

    /// <summary>Brings the session to the first tokens of a sequence, which earlier steps have computed.</summary>
    private void GoTo(TokenSequence tokens, int length)
    {
        if (_session is not null && _session.Length != length && !_session.TryRewindTo(length))
            EndSession();
        if (_session is not null)
            return;
        // There is no session at the first step and after a failure.
        _session = _model.NewSession(_capacity);
        foreach (int piece in PrefixPlan.Pieces(length))
            AppendTimed(tokens.Slice(_session.Length, piece), readLogits: false);
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
        foreach (int index in Open(step.First, step.Last))
        {
            EncodedRequest request = _requests[index];
            if (request.Options is not null || position < request.Sequence.ReadFrom)
                continue;
            summary ??= SequenceScore.Summarize(row);
            (_scores[index] ??= new SequenceScore(request)).Add(position, row, summary.Value.LogSumExp, summary.Value.Likeliest);
        }
    }

    private Response Complete(
        EncodedRequest request, GenerationOptions options, PlanStep step, float[] firstRow, CancellationToken cancellationToken)
    {
        // An earlier completion of the same prompt may have appended its tokens.
        GoTo(request.Sequence.Tokens, step.Start + step.Length);
        var sampler = new TokenSampler(options, request.Seed);
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
