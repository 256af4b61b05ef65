using System.Collections;
using EvalHarness.Engines;
using EvalHarness.Planning;
using EvalHarness.Prompts;
using EvalHarness.Tasks;

namespace EvalHarness.Tokens;

/// <summary>A response to a request, or to a window of one.</summary>
/// <param name="Number">The request's number among the encoded ones.</param>
/// <param name="Response">The response, whose key is that of the encoded request.</param>
internal readonly record struct NumberedResponse(int Number, Response Response);

/// <summary>
/// The requests of a task as token ids, by number from 0. Of a request, at most 65 bytes of numbers are in memory, and its tokens while
/// those of the task are few; see <see cref="PlannedSequences"/>. An <see cref="EncodedRequest"/> is made when it is asked for.
/// </summary>
internal sealed class EncodedRequests : IReadOnlyList<EncodedRequest>, IDisposable
{
    private readonly Column<Numbers> _numbers = new();
    private readonly Column<Kind> _kinds = new();
    private readonly List<GenerationOptions> _options = [];
    private readonly Dictionary<GenerationOptions, int> _optionNumbers = new(ReferenceEqualityComparer.Instance);

    private readonly WindowResponses _windows = new();

    /// <summary>The task of the requests from a number on. It is one, unless a caller asks for several at once.</summary>
    private readonly List<(int From, string Task)> _tasks = [];

    /// <param name="bound">The most tokens that are kept in memory.</param>
    internal EncodedRequests(int bound = TokenStore.DefaultBound) => Sequences = new PlannedSequences(bound);

    public int Count => _numbers.Count;

    /// <summary>What the model is fed, by the same numbers.</summary>
    internal PlannedSequences Sequences { get; }

    /// <summary>Responses that need no model: to requests that cannot be answered, and to texts that have no tokens.</summary>
    internal List<Response> Answered { get; } = [];

    /// <summary>The options of the completions, each once.</summary>
    internal IReadOnlyList<GenerationOptions> AllOptions => _options;

    /// <summary>One request with its tokens, which are read from the file if they are there.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the disk fails.</exception>
    public EncodedRequest this[int index]
    {
        get
        {
            Numbers numbers = _numbers[index];
            Kind kind = _kinds[index];
            var sequence = new PlannedSequence(Sequences.Tokens(index), Sequences.ReadFrom(index));
            int cut = numbers.PromptTokens - Sequences.ContextLength(index) + Sequences.First(index);
            int[] continuation = IsCompletion(index) ? [] : Sequences.Continuation(index);
            return new EncodedRequest(Key(index), numbers.PromptTokens, sequence, continuation, cut)
            {
                Owner = Owner(index),
                IsWindow = kind.HasFlag(Kind.Window),
                Options = Options(index),
                Seed = IsCompletion(index) ? numbers.SeedOrOwner : 0,
                IsReasoningOpen = kind.HasFlag(Kind.LooksForReasoning) ? kind.HasFlag(Kind.IsReasoningOpen) : null,
            };
        }
    }

    /// <summary>
    /// Encodes requests on all cores, in their order. They are read a block at a time, and their texts are not held any longer than that.
    /// </summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="window">The most tokens that the model may see at once.</param>
    /// <param name="requests">The requests of a task, of which those of one document are neighbours.</param>
    /// <param name="truncateLeft">As for <see cref="RequestEncoder"/>.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: <see cref="ModelTokenizer.ThinkEndToken"/> is no token, and a completion is asked for.
    /// <see cref="ExitCode.Output"/>: no temporary file can be made, or the disk is full.
    /// </exception>
    internal static EncodedRequests Encode(ModelTokenizer tokenizer, int window, IEnumerable<Request> requests, bool truncateLeft)
    {
        var whole = new EncodedRequests();
        try
        {
            foreach (RequestBlock block in RequestBlock.Of(requests))
            {
                ReasoningMarkers? reasoning = block.HasCompletions ? tokenizer.Reasoning : null;
                RequestEncoder[] parts =
                [
                    .. Enumerable.Range(0, block.Threads).Select(_ => new RequestEncoder(tokenizer, window, truncateLeft, reasoning)),
                ];
                Parallel.For(0, parts.Length, i => parts[i].Add(block.Part(i)));
                foreach (RequestEncoder part in parts)
                    whole.Add(part);
            }

            return whole;
        }
        catch
        {
            whole.Dispose();
            throw;
        }
    }

    /// <summary>Adds what an encoder has made.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: no temporary file can be made, or the disk is full.</exception>
    internal void Add(RequestEncoder encoder)
    {
        Answered.AddRange(encoder.Answered);
        foreach (EncodedRequest request in encoder.Encoded)
            Add(request);
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: no temporary file can be made, or the disk is full.</exception>
    internal void Add(EncodedRequest request)
    {
        if (_tasks.Count == 0 || _tasks[^1].Task != request.Key.Task)
            _tasks.Add((Count, request.Key.Task));
        Sequences.Add(request.Sequence, request.Continuation);
        _numbers.Add(new Numbers(
            request.Key.Document,
            request.Key.Index,
            request.Options is null ? request.Owner.Index : request.Seed,
            request.PromptTokens,
            request.Options is { } options ? NumberOf(options) : -1));
        Kind kind = request.IsWindow ? Kind.Window : Kind.Whole;
        if (request.IsReasoningOpen is { } isOpen)
            kind |= Kind.LooksForReasoning | (isOpen ? Kind.IsReasoningOpen : Kind.Whole);
        _kinds.Add(kind);
    }

    /// <inheritdoc cref="EncodedRequest.Key"/>
    internal RequestKey Key(int number) => new(Task(number), _numbers[number].Document, _numbers[number].Index);

    /// <inheritdoc cref="EncodedRequest.Owner"/>
    internal RequestKey Owner(int number) =>
        IsCompletion(number) ? Key(number) : Key(number) with { Index = _numbers[number].SeedOrOwner };

    /// <inheritdoc cref="EncodedRequest.Options"/>
    internal GenerationOptions? Options(int number) => IsCompletion(number) ? _options[_numbers[number].Options] : null;

    internal bool IsCompletion(int number) => _numbers[number].Options >= 0;

    /// <summary>The number of tokens that the key-value cache must hold for a request.</summary>
    internal int Capacity(int number, int window)
    {
        int length = Sequences.Length(number);
        return Options(number) is { } options ? Math.Min(window, length + options.MaxTokens) : length;
    }

    /// <summary>Begins the score of a request for a log-likelihood.</summary>
    internal SequenceScore Score(int number) =>
        new(Key(number), _numbers[number].PromptTokens, Sequences.ReadFrom(number), Sequences.Continuation(number));

    /// <summary>A response that says why there is none.</summary>
    internal NumberedResponse Failed(int number, string error) =>
        new(number, Response.Failed(Key(number), error, _numbers[number].PromptTokens));

    /// <summary>
    /// Makes a response to the task's request of one to an encoded request, or null if responses to other windows of its text are missing.
    /// </summary>
    internal Response? Assemble(NumberedResponse answer)
    {
        (int number, Response response) = answer;
        if (!_kinds[number].HasFlag(Kind.Window))
        {
            int cut = _numbers[number].PromptTokens - Sequences.ContextLength(number) + Sequences.First(number);
            return cut > 0 ? response with { TruncatedTokens = cut } : response;
        }

        int window = _numbers[number].Index, first = number - window;
        return _windows.Add(first, Windows(first), window, response, Owner(number));
    }

    private string Task(int number) => _tasks.Count == 1 ? _tasks[0].Task : _tasks.FindLast(t => t.From <= number).Task;

    /// <summary>The number of windows of a text, which have numbers in sequence.</summary>
    private int Windows(int first)
    {
        int count = 1;
        while (first + count < Count && _kinds[first + count].HasFlag(Kind.Window) && _numbers[first + count].Index == count)
            count++;
        return count;
    }

    private int NumberOf(GenerationOptions options)
    {
        if (_optionNumbers.TryGetValue(options, out int number))
            return number;
        _options.Add(options);
        return _optionNumbers[options] = _options.Count - 1;
    }

    public IEnumerator<EncodedRequest> GetEnumerator() => Enumerable.Range(0, Count).Select(i => this[i]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => Sequences.Dispose();

    [Flags]
    private enum Kind : byte
    {
        Whole = 0,
        Window = 1,
        LooksForReasoning = 2,
        IsReasoningOpen = 4,
    }

    /// <param name="Document">The document of the key.</param>
    /// <param name="Index">The index of the key.</param>
    /// <param name="SeedOrOwner">The seed of a completion; the index of the task's request of all others.</param>
    /// <param name="PromptTokens">The number of tokens of the prompt, before any are cut off.</param>
    /// <param name="Options">The number of a completion's options; -1 for all others.</param>
    private readonly record struct Numbers(long Document, int Index, int SeedOrOwner, int PromptTokens, int Options);
}
