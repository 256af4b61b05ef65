namespace EvalHarness.Planning;

/// <summary>One request as token ids.</summary>
/// <param name="Tokens">The tokens that the model is fed, at least one.</param>
/// <param name="ReadFrom">The first position whose logits are needed. The logits of every later position are needed too.</param>
internal sealed record PlannedSequence(TokenSequence Tokens, int ReadFrom);

/// <summary>
/// The sequences of a task, by number from 0. In memory are numbers, 24 bytes for a sequence and 16 for a context, and the tokens while
/// they are few. Sequences that are added one after the other hold the tokens of a context once. Any thread may read while none adds.
/// </summary>
/// <param name="bound">The most tokens that are kept in memory; with more, all of them are in a temporary file.</param>
internal sealed class PlannedSequences(int bound = TokenStore.DefaultBound) : IDisposable
{
    private readonly Column<Context> _contexts = new();
    private readonly Column<Sequence> _sequences = new();
    private readonly TokenStore _tokens = new(bound);

    /// <summary>The array that holds the first context, and the one that holds the last.</summary>
    private int[] _first = [], _last = [];

    internal int Count => _sequences.Count;

    internal bool AreTokensInFile => _tokens.IsInFile;

    /// <summary>The most tokens that are kept in memory.</summary>
    internal int Bound => bound;

    /// <exception cref="ArgumentException">As <see cref="Add"/>.</exception>
    internal static PlannedSequences Of(IReadOnlyList<PlannedSequence> sequences, int bound = TokenStore.DefaultBound)
    {
        var planned = new PlannedSequences(bound);
        foreach (PlannedSequence sequence in sequences)
            planned.Add(sequence, sequence.Tokens.Fed);
        return planned;
    }

    /// <param name="sequence">What is fed. Nobody may change its tokens as long as sequences are added.</param>
    /// <param name="continuation">The tokens of the continuation that follow the context, and some more if they are to be kept.</param>
    /// <exception cref="ArgumentException">The sequence is empty, or its first position to read lies outside it.</exception>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: no temporary file can be made, or the disk is full.</exception>
    internal void Add(PlannedSequence sequence, ReadOnlySpan<int> continuation)
    {
        (TokenSequence tokens, int readFrom) = (sequence.Tokens, sequence.ReadFrom);
        if (tokens.Length == 0 || readFrom < 0 || readFrom >= tokens.Length)
        {
            throw new ArgumentException(
                $"a sequence of {tokens.Length} tokens cannot be read from position {readFrom}", nameof(sequence));
        }

        int fed = tokens.Fed.Length;
        (int[] context, int first) = tokens.Context;
        AddContext(context, first + tokens.Length - fed);
        // The choices of questions are mostly one token, which takes no more room than its place would.
        long place = fed > 0 ? _tokens.Append(continuation) : continuation is [var token, ..] ? token : 0;
        _sequences.Add(new Sequence(_contexts.Count - 1, first, fed, readFrom, place));
    }

    /// <summary>The number of tokens that the model is fed.</summary>
    internal int Length(int number)
    {
        ref readonly Sequence sequence = ref _sequences[number];
        return _contexts[sequence.Context].Length - sequence.First + sequence.Fed;
    }

    /// <summary>The first position whose logits are needed.</summary>
    internal int ReadFrom(int number) => _sequences[number].ReadFrom;

    /// <summary>The number of tokens of a sequence's context, with those that are left out at its beginning.</summary>
    internal int ContextLength(int number) => _contexts[_sequences[number].Context].Length;

    /// <summary>The number of tokens that are left out at the beginning of a sequence's context.</summary>
    internal int First(int number) => _sequences[number].First;

    /// <summary>The tokens of the continuation that are fed, and one that follows them.</summary>
    internal int[] Continuation(int number)
    {
        ref readonly Sequence sequence = ref _sequences[number];
        if (sequence.Fed == 0)
            return [(int)sequence.Continuation];
        int[] tokens = new int[sequence.Fed + 1];
        _tokens.Read(sequence.Continuation, tokens);
        return tokens;
    }

    /// <summary>All tokens that the model is fed, without a copy where they are in memory.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the disk fails.</exception>
    internal TokenSequence Tokens(int number)
    {
        if (AreTokensInFile)
        {
            int[] read = new int[Length(number)];
            Read(number, 0, read);
            return read;
        }

        ref readonly Sequence sequence = ref _sequences[number];
        ref readonly Context context = ref _contexts[sequence.Context];
        return new TokenSequence(
            _tokens.View(context.Place + sequence.First, context.Length - sequence.First),
            sequence.Fed == 0 ? [] : _tokens.View(sequence.Continuation, sequence.Fed));
    }

    /// <summary>Some of the tokens that the model is fed. Of a file, no others are read.</summary>
    /// <exception cref="EvalException">As <see cref="Tokens"/>.</exception>
    internal ReadOnlySpan<int> Slice(int number, int start, int length)
    {
        if (!AreTokensInFile)
            return Tokens(number).Slice(start, length);
        int[] tokens = new int[length];
        Read(number, start, tokens);
        return tokens;
    }

    /// <summary>Reads some of the tokens that the model is fed.</summary>
    /// <exception cref="EvalException">As <see cref="Tokens"/>.</exception>
    internal void Read(int number, int start, Span<int> tokens)
    {
        ref readonly Sequence sequence = ref _sequences[number];
        ref readonly Context context = ref _contexts[sequence.Context];
        int behind = start - (context.Length - sequence.First), inContext = Math.Clamp(-behind, 0, tokens.Length);
        if (inContext > 0)
            _tokens.Read(context.Place + sequence.First + start, tokens[..inContext]);
        if (inContext < tokens.Length)
            _tokens.Read(sequence.Continuation + behind + inContext, tokens[inContext..]);
    }

    /// <summary>Whether two sequences are the same tokens of the same context, so that there is no need to compare them.</summary>
    internal bool AreOneContext(int number, int other)
    {
        ref readonly Sequence a = ref _sequences[number];
        ref readonly Sequence b = ref _sequences[other];
        return a.Context == b.Context && a.First == b.First && a.Fed == 0 && b.Fed == 0;
    }

    /// <summary>So many tokens at the beginning are known to be the same in all of these sequences.</summary>
    /// <param name="numbers">The numbers of the sequences, at least one.</param>
    internal int KnownCommon(ReadOnlySpan<int> numbers)
    {
        ref readonly Sequence one = ref _sequences[numbers[0]];
        bool isOne = true;
        int shared = int.MaxValue;
        foreach (int number in numbers)
        {
            ref readonly Sequence sequence = ref _sequences[number];
            isOne &= sequence.Context == one.Context && sequence.First == one.First;
            shared = Math.Min(shared, sequence.First == 0 ? _contexts[sequence.Context].Shared : 0);
        }

        return isOne ? _contexts[one.Context].Length - one.First : shared;
    }

    private void AddContext(int[] context, int length)
    {
        if (_contexts.Count > 0 && ReferenceEquals(context, _last) && length == _contexts[_contexts.Count - 1].Length)
            return;
        if (_contexts.Count == 0)
            _first = context;
        _last = context;
        ReadOnlySpan<int> tokens = context.AsSpan(0, length);
        _contexts.Add(new Context(_tokens.Append(tokens), length, tokens.CommonPrefixLength(_first)));
    }

    public void Dispose() => _tokens.Dispose();

    /// <param name="Place">The place of its tokens.</param>
    /// <param name="Length">The number of its tokens.</param>
    /// <param name="Shared">The number of tokens at the beginning that it shares with the first context of the task.</param>
    private readonly record struct Context(long Place, int Length, int Shared);

    /// <param name="Context">The number of its context.</param>
    /// <param name="First">The number of the context's tokens that are left out at the beginning.</param>
    /// <param name="Fed">The number of the continuation's tokens that follow the context.</param>
    /// <param name="ReadFrom">The first position whose logits are needed.</param>
    /// <param name="Continuation">The place of the continuation's tokens; its only token where none is fed.</param>
    private readonly record struct Sequence(int Context, int First, int Fed, int ReadFrom, long Continuation);
}
