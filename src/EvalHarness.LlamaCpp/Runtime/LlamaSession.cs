using LLama.Exceptions;
using LLama.Native;

namespace EvalHarness.LlamaCpp.Runtime;

/// <summary>llama.cpp could not compute something.</summary>
internal sealed class LlamaException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// One sequence of tokens in llama.cpp: it appends tokens, gives their logits, and takes tokens back. Keys and values are kept as float32,
/// and attention is computed without the kernel that rounds them, so that the numbers are those of the weights alone.
/// </summary>
internal sealed class LlamaSession : IDisposable
{
    /// <summary>The most tokens of an append.</summary>
    internal const int LongestPiece = 512;

    private static readonly LLamaSeqId Sequence = (LLamaSeqId)0;

    private readonly SafeLLamaContextHandle _context;
    private readonly LLamaBatch _pieces = new(), _steps = new();

    /// <param name="model">The model, which must outlive the session.</param>
    /// <param name="tokens">The most tokens that the session will hold.</param>
    /// <param name="threads">The threads that compute.</param>
    /// <exception cref="LlamaException">llama.cpp refuses, for want of memory or because it cannot compute this model.</exception>
    internal LlamaSession(SafeLlamaModelHandle model, int tokens, int threads)
    {
        var parameters = LLamaContextParams.Default();
        parameters.n_ctx = (uint)tokens;
        parameters.n_batch = parameters.n_ubatch = LongestPiece;
        parameters.n_seq_max = 1;
        parameters.n_threads = parameters.n_threads_batch = threads;
        parameters.type_k = parameters.type_v = GGMLType.GGML_TYPE_F32;
        parameters.llama_flash_attn_type = LLamaFlashAttentionType.LLAMA_FLASH_ATTENTION_TYPE_DISABLED;
        parameters.offload_kqv = parameters.op_offload = false;
        // Otherwise models with a sliding window forget tokens that a rewind would need.
        parameters.swa_full = true;
        _context = LlamaLibrary.Run(
            () => SafeLLamaContextHandle.Create(model, parameters) is { IsInvalid: false } context
                ? context
                : throw new RuntimeError($"there is no memory for a sequence of {tokens} tokens"),
            (said, e) => new LlamaException($"llama.cpp opens no sequence of {tokens} tokens: {said}", e));
    }

    /// <summary>The number of tokens that the session holds.</summary>
    internal int Length { get; private set; }

    /// <summary>Whether a model takes tokens back, which is tried with three of them.</summary>
    internal static bool TryRewind(LlamaModel model)
    {
        using LlamaSession session = model.NewSession(tokens: 8);
        int token = model.Tokenizer.FirstToken;
        session.Append([token, token, token], readLogits: false);
        return session.TryRewindTo(1);
    }

    /// <summary>Appends tokens, at most <see cref="LongestPiece"/>.</summary>
    /// <exception cref="LlamaException">llama.cpp failed. The session must not be used again.</exception>
    internal void Append(ReadOnlySpan<int> tokens, bool readLogits)
    {
        ObjectDisposedException.ThrowIf(_context.IsClosed, this);
        // A batch is pinned in its whole size for every call, and most calls are for one token.
        LLamaBatch batch = tokens.Length == 1 ? _steps : _pieces;
        batch.Clear();
        for (int i = 0; i < tokens.Length; i++)
            batch.Add(tokens[i], Length + i, Sequence, readLogits);
        DecodeResult result = _context.Decode(batch);
        if (result != DecodeResult.Ok)
            throw new LlamaException($"llama.cpp ended with {result} at token {Length}");
        Length += tokens.Length;
    }

    /// <summary>The logits of a token of the last append, [vocabulary]. They are overwritten by the next append.</summary>
    /// <exception cref="LlamaException">There are none.</exception>
    internal ReadOnlySpan<float> Row(int index)
    {
        ObjectDisposedException.ThrowIf(_context.IsClosed, this);
        try
        {
            return _context.GetLogitsIth(index);
        }
        catch (GetLogitsInvalidIndexException e)
        {
            throw new LlamaException($"llama.cpp gave no logits for token {index} of the last append", e);
        }
    }

    /// <summary>Takes back all tokens after the first <paramref name="length"/>.</summary>
    /// <returns>Whether the model can do that. If not, the session must not be used again.</returns>
    internal bool TryRewindTo(int length)
    {
        ObjectDisposedException.ThrowIf(_context.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        _context.MemorySequenceRemove(Sequence, length, -1);
        Length = length;
        return (int)_context.MemorySequenceMaxPosition(Sequence) == length - 1;
    }

    public void Dispose() => _context.Dispose();
}
