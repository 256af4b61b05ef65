using System.Diagnostics;
using System.Runtime.InteropServices;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Planning;
using EvalHarness.Tasks;
using EvalHarness.Tokens;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Prefixes;

/// <summary>
/// Executes a prefix plan, or shards of it, in one session. Each step of the plan is appended once, and its rows of logits score every
/// request that needs them. A completion continues where its prompt ends. Steps that no pending request needs are left out.
/// </summary>
internal sealed class PlanWalk(Worker worker, PlannedRequests planned) : IDisposable
{
    private readonly LoadedModel _model = worker.Model;
    private readonly SequenceScore?[] _scores = new SequenceScore?[planned.Requests.Count];
    private readonly bool[] _open = new bool[planned.Requests.Count];
    private readonly Stopwatch _sinceResponse = Stopwatch.StartNew();
    private ModelSession? _session;

    /// <summary>The session begins with the first <see cref="_heldLength"/> tokens of this sequence.</summary>
    private TokenSequence _held = [];
    private int _heldLength;

    internal PlannedRequests Planned => planned;

    private IReadOnlyList<int> Order => planned.Plan.Order;

    /// <param name="shard">A range of the plan's order, without its last index.</param>
    /// <param name="pending">Whether a request is to be answered.</param>
    /// <param name="cancellationToken">Checked before each step of the plan and before each token of a completion.</param>
    internal IEnumerable<Response> Run((int First, int Last) shard, Predicate<EncodedRequest> pending, CancellationToken cancellationToken)
    {
        for (int i = shard.First; i < shard.Last; i++)
        {
            _open[Order[i]] = pending(planned.Requests[Order[i]]);
        }

        foreach (PlanStep step in planned.Plan.Steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!AnyOpen(Math.Max(step.First, shard.First), Math.Min(step.Last, shard.Last)) || (!step.Read && Holds(step)))
                continue;
            foreach (Response response in Execute(step, cancellationToken))
                yield return response;
        }
    }

    private bool AnyOpen(int first, int last)
    {
        for (int i = first; i < last; i++)
        {
            if (_open[Order[i]])
                return true;
        }

        return false;
    }

    /// <summary>Whether the session already holds the tokens of a step, because an earlier shard needed them.</summary>
    private bool Holds(PlanStep step)
    {
        int end = step.Start + step.Length;
        return end <= _heldLength && _held.CommonPrefixLength(First(step)) >= end;
    }

    private TokenSequence First(PlanStep step) => planned.Requests[Order[step.First]].Sequence.Tokens;

    private List<Response> Execute(PlanStep step, CancellationToken cancellationToken)
    {
        var responses = new List<Response>();
        try
        {
            GoTo(step, step.Start);
            float[]? lastRow = Append(step);
            for (int i = step.First; i < step.Ends; i++)
            {
                int index = Order[i];
                if (!_open[index])
                    continue;
                responses.Add(planned.Requests[index].Options is { } options
                    ? Complete(planned.Requests[index], options, step, lastRow!, cancellationToken)
                    : _scores[index]!.ToResponse(Lap()));
                (_open[index], _scores[index]) = (false, null);
            }
        }
        catch (Exception e) when (e is OnnxRuntimeGenAIException or ModelSessionException)
        {
            // The session may be damaged, so the steps that follow begin a new one.
            EndSession();
            responses.AddRange(Fail(step, $"the runtime failed: {EvalException.OneLine(e.Message)}"));
        }

        return responses;
    }

    private IEnumerable<Response> Fail(PlanStep step, string error)
    {
        for (int i = step.First; i < step.Last; i++)
        {
            int index = Order[i];
            if (!_open[index])
                continue;
            _open[index] = false;
            yield return Response.Failed(planned.Requests[index].Key, error, planned.Requests[index].PromptTokens);
        }
    }

    private double Lap()
    {
        double milliseconds = _sinceResponse.Elapsed.TotalMilliseconds;
        _sinceResponse.Restart();
        return milliseconds;
    }

    /// <summary>Brings the session to exactly the first <paramref name="length"/> tokens that the step's sequences share.</summary>
    private void GoTo(PlanStep step, int length)
    {
        long start = Stopwatch.GetTimestamp();
        if (_session is not null && _session.Length != length)
        {
            if (_model.Capabilities.Rewind)
            {
                _session.RewindTo(length);
                _heldLength = Math.Min(_heldLength, length);
                _model.Work.CountPrefill(0, Stopwatch.GetElapsedTime(start));
            }
            else
            {
                EndSession();
            }
        }

        if (_session is not null)
            return;
        // There is no session at the first step, after a failure, and where the model cannot rewind.
        _session = _model.NewSession(planned.Capacity);
        _model.Work.CountPrefill(0, Stopwatch.GetElapsedTime(start));
        int done = 0;
        foreach (int piece in PrefixPlan.Pieces(length))
        {
            AppendTimed(step, done, piece);
            done += piece;
        }
    }

    /// <summary>Appends some tokens of the step's sequences to a session that holds the tokens before them.</summary>
    private void AppendTimed(PlanStep step, int from, int length)
    {
        long start = Stopwatch.GetTimestamp();
        TokenSequence tokens = First(step);
        _session!.Append(tokens.Slice(from, length));
        (_held, _heldLength) = (tokens, from + length);
        _model.Work.CountPrefill(length, Stopwatch.GetElapsedTime(start));
    }

    /// <returns>The last row of logits, or null if the step reads none.</returns>
    private float[]? Append(PlanStep step)
    {
        if (!step.Read)
        {
            AppendTimed(step, step.Start, step.Length);
            return null;
        }

        // A graph that gives only the last row is fed one token at a time where several rows are needed.
        int stride = _model.Capabilities.AllRows ? step.Length : 1;
        LogitRows? rows = null;
        for (int done = 0; done < step.Length; done += stride)
        {
            AppendTimed(step, step.Start + done, stride);
            long start = Stopwatch.GetTimestamp();
            rows = _session!.ReadRows();
            _model.Work.CountPrefill(0, Stopwatch.GetElapsedTime(start));
            if (rows.Count != stride)
                throw new ModelSessionException($"the model gave {rows.Count} rows of logits for {stride} tokens");
            for (int row = 0; row < rows.Count; row++)
                Score(step, step.Start + done + row, rows[row]);
        }

        return rows!.Last.ToArray();
    }

    private void Score(PlanStep step, int position, ReadOnlySpan<float> row)
    {
        (double LogSumExp, int Likeliest)? summary = null;
        for (int i = step.First; i < step.Last; i++)
        {
            int index = Order[i];
            EncodedRequest request = planned.Requests[index];
            if (!_open[index] || request.Options is not null || position < request.Sequence.ReadFrom)
                continue;
            summary ??= SequenceScore.Summarize(row);
            (_scores[index] ??= new SequenceScore(request)).Add(position, row, summary.Value.LogSumExp, summary.Value.Likeliest);
        }
    }

    private Response Complete(
        EncodedRequest request, GenerationOptions options, PlanStep step, float[] firstRow, CancellationToken cancellationToken)
    {
        // An earlier completion of the same prompt may have appended its tokens.
        GoTo(step, step.Start + step.Length);
        var sampler = new TokenSampler(options, request.Seed);
        sampler.See(request.Sequence.Tokens.Slice(0, request.Sequence.Tokens.Length));
        using var completion = new Completion(request, _model.Tokenizer, _model.Config.EndOfTextIds, _model.Window);
        ReadOnlySpan<float> row = firstRow;
        while (completion.Add(sampler, row, out int token))
        {
            cancellationToken.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            _session!.Append(MemoryMarshal.CreateReadOnlySpan(ref token, 1));
            row = _session.ReadRows().Last;
            _model.Work.CountDecode(1, Stopwatch.GetElapsedTime(start));
        }

        return completion.ToResponse(Lap());
    }

    private void EndSession()
    {
        _session?.Dispose();
        (_session, _heldLength) = (null, 0);
    }

    public void Dispose() => EndSession();
}
