using EvalHarness.Engines;
using EvalHarness.Tasks;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tokens;

/// <summary>
/// A completion that grows token by token and decides after each token whether it goes on. Stop strings are searched for in text that
/// is decoded incrementally, and in the answer alone where the model reasons before it. The final text is decoded as a whole and then cut
/// at the first stop string, so that it equals the text that decoding all tokens afterwards gives.
/// </summary>
internal sealed class Completion : IDisposable
{
    private readonly EncodedRequest _request;
    private readonly GenerationOptions _options;
    private readonly ModelTokenizer _tokenizer;
    private readonly IReadOnlyList<int> _endIds;
    private readonly int _room;
    private readonly ITextStream _stream;
    private readonly StopStrings _stops;
    private readonly ReasoningProgress? _reasoning;
    private readonly List<int> _tokens = [];
    private readonly List<double> _logProbabilities = [];
    private FinishReason? _finish;

    internal Completion(EncodedRequest request, ModelTokenizer tokenizer, IReadOnlyList<int> endIds, int window)
    {
        _request = request;
        _options = request.Options ?? throw new ArgumentException("the request asks for a log-likelihood", nameof(request));
        _tokenizer = tokenizer;
        _endIds = endIds;
        _room = window - request.Sequence.Tokens.Length;
        _stops = new StopStrings(_options.Until);
        _stream = tokenizer.CreateStream();
        _reasoning = tokenizer.Reasoning is { } markers ? new ReasoningProgress(markers, request.IsReasoningOpen) : null;
    }

    /// <summary>The tokens of the prompt and of the completion so far.</summary>
    internal int[] Sequence => [.. _request.Sequence.Tokens.ToArray(), .. _tokens];

    internal int Length => _request.Sequence.Tokens.Length + _tokens.Count;

    /// <summary>The number of tokens by which the completion can still grow.</summary>
    internal int Left => Math.Min(_options.MaxTokens, _room) - _tokens.Count;

    internal bool Finished => _finish is not null;

    /// <summary>Adds a token that the runtime has chosen.</summary>
    /// <returns>Whether the completion goes on after this token.</returns>
    internal bool Add(int token)
    {
        if (_endIds.Contains(token))
        {
            _finish = FinishReason.EndOfText;
            return false;
        }

        _tokens.Add(token);
        string text = _stream.Add(token);
        if (_stops.Add(_reasoning is null ? text : _reasoning.Add(text, _tokens.Count)))
            _finish = FinishReason.Stop;
        else if (_tokens.Count >= _options.MaxTokens)
            _finish = FinishReason.Length;
        else if (_tokens.Count >= _room)
            _finish = FinishReason.ContextFull;
        return _finish is null;
    }

    /// <summary>Chooses a token by a row of logits and adds it.</summary>
    /// <returns>Whether the completion goes on after this token.</returns>
    internal bool Add(TokenSampler sampler, ReadOnlySpan<float> row, out int token)
    {
        token = sampler.Next(row);
        sampler.See(token);
        if (!_endIds.Contains(token))
            _logProbabilities.Add(row[token] - LogSoftmax.LogSumExp(row));
        return Add(token);
    }

    internal Response ToResponse(double milliseconds)
    {
        ReasonedText whole = _reasoning?.Divide(_tokens, _tokenizer, isCut: _finish is FinishReason.Length or FinishReason.ContextFull)
            ?? new ReasonedText(_tokenizer.Decode([.. _tokens]), Reasoning: null, IsUnfinished: false);
        (string text, bool stopped) = _stops.Cut(whole.Text);
        return new Response
        {
            Key = _request.Key,
            FinishReason = stopped && !whole.IsUnfinished ? FinishReason.Stop : _finish!.Value,
            PromptTokens = _request.PromptTokens,
            CompletionTokens = _tokens.Count,
            Text = text,
            Reasoning = whole.Reasoning,
            ReasoningTokens = whole.IsUnfinished ? _tokens.Count : _reasoning?.Tokens ?? 0,
            IsReasoningUnfinished = whole.IsUnfinished,
            TokenLogProbabilities = _logProbabilities,
            Milliseconds = milliseconds,
        };
    }

    public void Dispose() => _stream.Dispose();
}
