using System.Runtime.InteropServices;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>
/// One sequence of tokens in the runtime. A session appends tokens, reads the logits of the tokens just appended, and rewinds. It throws
/// where the runtime would end the process (use of a disposed generator) or return logits that it has not computed.
/// </summary>
/// <remarks>
/// The caller chooses each next token and appends it. The runtime's GenerateNextToken is used with guidance alone, which works in no other
/// way. That method leaves the last token out of the key-value cache if the completion does not end with an end token, so that no append
/// may follow it. After a rewind it repeats an old token, and after a prompt that ends with the padding token it samples from the wrong
/// row.
/// </remarks>
internal sealed class ModelSession : IDisposable
{
    private readonly Generator _generator;
    private readonly GeneratorParams _parameters;
    private readonly ModelConfig _config;
    private bool _disposed;
    private bool _poisoned;
    private bool _stepped;
    private int _lastAppended;

    /// <param name="generators">Of the model, which must outlive the session.</param>
    /// <param name="config">The model's configuration.</param>
    /// <param name="maxLength">The number of tokens that the key-value cache is allocated for.</param>
    /// <param name="guidance">How the runtime chooses tokens in <see cref="Step"/>; null where the caller chooses them.</param>
    internal ModelSession(GeneratorSource generators, ModelConfig config, int maxLength, Guidance? guidance = null)
    {
        _config = config;
        _parameters = new GeneratorParams(generators.Model);
        SearchOptions.SetGreedy(_parameters, config, maxLength, batchSize: 1);
        guidance?.SetOn(_parameters, config);
        _generator = generators.Create(_parameters);
    }

    /// <summary>The number of tokens that the session holds, with those that the runtime chose.</summary>
    internal int Length { get; private set; }

    /// <exception cref="OnnxRuntimeGenAIException">The runtime failed. The session must not be used again.</exception>
    internal void Append(ReadOnlySpan<int> tokens)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        // After an append that failed, the runtime would accept the next one and compute wrong logits.
        if (_poisoned)
            throw new InvalidOperationException("an earlier append failed; use a new session");
        if (_stepped)
            throw new InvalidOperationException("the runtime has chosen tokens; rewind before an append");
        ArgumentOutOfRangeException.ThrowIfZero(tokens.Length);
        _poisoned = true;
        _generator.AppendTokens(tokens);
        _poisoned = false;
        Length += tokens.Length;
        _lastAppended = tokens.Length;
    }

    /// <summary>Lets the runtime choose the next token, as the guidance of the session permits. The first step follows an append.</summary>
    /// <returns>The token, which can be an end-of-text token; no step may follow that one.</returns>
    /// <exception cref="OnnxRuntimeGenAIException">The runtime failed. The session must not be used again.</exception>
    internal int Step()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_poisoned)
            throw new InvalidOperationException("an earlier append or step failed; use a new session");
        if (_lastAppended == 0 && !_stepped)
            throw new InvalidOperationException("there is nothing to continue; append tokens first");
        _poisoned = true;
        _generator.GenerateNextToken();
        int token = _generator.GetNextTokens()[0];
        _poisoned = false;
        (_stepped, _lastAppended) = (true, 0);
        Length++;
        return token;
    }

    /// <summary>Drops all tokens after the first <paramref name="length"/>. No logits can be read until the next append.</summary>
    internal void RewindTo(int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        _generator.RewindTo((ulong)length);
        Length = length;
        (_lastAppended, _stepped) = (0, false);
    }

    /// <summary>
    /// The logits of the tokens that were appended last: a row for each of them, or only the row of the last token, depending on the graph.
    /// </summary>
    /// <exception cref="ModelSessionException">The graph's output has another shape or type, or is too large.</exception>
    internal LogitRows ReadRows()
    {
        using Tensor tensor = Logits(out int rows, out int columns);
        return new LogitRows(ToSingle(tensor), rows, columns, _config.VocabularySize);
    }

    /// <summary>Some of the rows of <see cref="ReadRows()"/>, without copying the others.</summary>
    /// <param name="wanted">The indices of rows, 0 for that of the first token appended last.</param>
    /// <returns>The rows by index. Where the graph gives the last row only, the others are missing.</returns>
    /// <exception cref="ModelSessionException">The graph's output has another shape or type, or is too large.</exception>
    internal IEnumerable<(int Index, float[] Row)> ReadRows(IEnumerable<int> wanted)
    {
        using Tensor tensor = Logits(out int rows, out int columns);
        int missing = _lastAppended - rows;
        var read = new List<(int, float[])>();
        foreach (int index in wanted.Where(index => index >= missing))
        {
            int start = (index - missing) * columns;
            read.Add((index, ToSingle(tensor, start, _config.VocabularySize)));
        }

        return read;
    }

    private Tensor Logits(out int rows, out int columns)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_lastAppended == 0)
            throw new InvalidOperationException("there are no logits to read; append tokens first");
        Tensor tensor = _generator.GetOutput(_config.LogitsName);
        long[] shape = tensor.Shape();
        try
        {
            if (shape is not [1, var height, var width] || width < _config.VocabularySize || height > _lastAppended)
                throw new ModelSessionException(
                    $"logits are [{string.Join(", ", shape)}]; expected [1, {_lastAppended} or 1, {_config.VocabularySize}]");
            if (height * width > int.MaxValue)
                throw new ModelSessionException($"logits of {height} x {width} are too large to read at once");
            (rows, columns) = ((int)height, (int)width);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Reads logits by their element type, because the runtime does not check the type that the caller reads them as.</summary>
    /// <exception cref="ModelSessionException">The logits are neither float32 nor float16.</exception>
    internal static float[] ToSingle(Tensor logits) => logits.Type() switch
    {
        ElementType.float32 => logits.GetData<float>().ToArray(),
        ElementType.float16 => ToSingle(logits.GetData<Half>()),
        var type => throw new ModelSessionException($"logits are {type}; expected float32 or float16"),
    };

    /// <summary>Some of the logits, as <see cref="ToSingle(Tensor)"/> reads all.</summary>
    internal static float[] ToSingle(Tensor logits, int start, int count) => logits.Type() switch
    {
        ElementType.float32 => logits.GetData<float>().Slice(start, count).ToArray(),
        ElementType.float16 => ToSingle(logits.GetData<Half>().Slice(start, count)),
        var type => throw new ModelSessionException($"logits are {type}; expected float32 or float16"),
    };

    private static float[] ToSingle(ReadOnlySpan<Half> values)
    {
        float[] single = new float[values.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(values, single);
        return single;
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _generator.Dispose();
        _parameters.Dispose();
    }
}

/// <summary>
/// Rows of logits in the order of their tokens. Columns beyond the vocabulary, which some graphs have as padding, are left out.
/// </summary>
internal sealed class LogitRows(float[] values, int count, int columns, int vocabulary)
{
    internal int Count => count;

    internal ReadOnlySpan<float> this[int row] => values.AsSpan(row * columns, vocabulary);

    internal ReadOnlySpan<float> Last => this[count - 1];
}

/// <summary>The model's output cannot be used, or a sequence needs more memory than there is.</summary>
internal sealed class ModelSessionException(string message) : ExternalException(message);
