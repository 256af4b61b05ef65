namespace EvalHarness.Tokenizers;

/// <summary>What a thread needs while it encodes a text. It is kept for the thread's next text.</summary>
internal sealed class EncodingState
{
    /// <summary>More symbols than this are not kept for the next text, so that one huge text does not hold its memory for ever.</summary>
    private const int MostKept = 1_000_000;

    [ThreadStatic]
    private static EncodingState? _ofThread;

    /// <summary>The pieces of the text before and after a stage, which take turns.</summary>
    internal List<Piece> Pieces { get; set; } = [];

    internal List<Piece> NextPieces { get; set; } = [];

    internal SymbolList Symbols { get; } = new();

    /// <summary>The characters of a word whose bytes are mapped.</summary>
    internal char[] Mapped { get; private set; } = new char[1024];

    internal List<int> Ids { get; } = [];

    /// <summary>Where each token begins and ends in the text of its word; null if nobody asks.</summary>
    internal List<(int Start, int End)>? Extents { get; set; }

    /// <summary>The number of code points that no token stands for.</summary>
    internal int Dropped { get; set; }

    /// <summary>The state of this thread, emptied. <see cref="Release"/> gives it back.</summary>
    internal static EncodingState Take()
    {
        EncodingState state = _ofThread ?? new EncodingState();
        _ofThread = null;
        state.Ids.Clear();
        state.Extents = null;
        state.Dropped = 0;
        return state;
    }

    internal static void Release(EncodingState state)
    {
        state.Pieces.Clear();
        state.NextPieces.Clear();
        if (state.Symbols.Capacity <= MostKept && state.Pieces.Capacity <= MostKept && state.NextPieces.Capacity <= MostKept
            && state.Ids.Capacity <= MostKept && state.Mapped.Length <= MostKept)
            _ofThread = state;
    }

    internal Span<char> MappedFor(int length)
    {
        if (Mapped.Length < length)
            Mapped = new char[Math.Max(length, Mapped.Length * 2)];
        return Mapped;
    }
}
