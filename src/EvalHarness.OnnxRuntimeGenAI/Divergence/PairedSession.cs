using EvalHarness.OnnxRuntimeGenAI.Runtime;

namespace EvalHarness.OnnxRuntimeGenAI.Divergence;

/// <summary>Two models that read the same tokens at the same time, so that no file of one model's logits is needed.</summary>
internal sealed class PairedSession : IDisposable
{
    private readonly Capabilities _ofLeft, _ofRight;
    private readonly ModelSession _left, _right;

    /// <param name="left">The base.</param>
    /// <param name="right">The candidate.</param>
    /// <param name="tokens">The most tokens that the sessions will hold.</param>
    /// <exception cref="ModelSessionException">A key-value cache does not fit into memory.</exception>
    internal PairedSession(LoadedModel left, LoadedModel right, int tokens)
    {
        (_ofLeft, _ofRight) = (left.Capabilities, right.Capabilities);
        _left = left.NewSession(tokens);
        try
        {
            _right = right.NewSession(tokens);
        }
        catch
        {
            _left.Dispose();
            throw;
        }
    }

    /// <summary>Is given the logits of both models after a token, each [vocabulary].</summary>
    /// <param name="row">The number of that token among those that were appended.</param>
    /// <param name="ofLeft">The logits of the base.</param>
    /// <param name="ofRight">The logits of the candidate.</param>
    internal delegate void Compare(int row, ReadOnlySpan<float> ofLeft, ReadOnlySpan<float> ofRight);

    /// <summary>Whether a session can go back to fewer tokens in both models.</summary>
    internal bool CanRewind => _ofLeft.Rewind && _ofRight.Rewind;

    /// <summary>The number of tokens that both hold.</summary>
    internal int Length => _left.Length;

    /// <summary>Lets both read tokens whose logits are not wanted.</summary>
    internal void Append(ReadOnlySpan<int> tokens)
    {
        _left.Append(tokens);
        _right.Append(tokens);
    }

    /// <summary>Lets both read tokens and looks at the logits after each of them.</summary>
    internal void Append(ReadOnlySpan<int> tokens, Compare compare)
    {
        // A graph that gives only the last row is fed one token at a time.
        int stride = _ofLeft.AllRows && _ofRight.AllRows ? tokens.Length : 1;
        for (int done = 0; done < tokens.Length; done += stride)
        {
            Append(tokens.Slice(done, stride));
            LogitRows ofLeft = _left.ReadRows(), ofRight = _right.ReadRows();
            if (ofLeft.Count != stride || ofRight.Count != stride)
                throw new ModelSessionException($"the models gave {ofLeft.Count} and {ofRight.Count} rows of logits for {stride} tokens");
            for (int row = 0; row < stride; row++)
                compare(done + row, ofLeft[row], ofRight[row]);
        }
    }

    internal void RewindTo(int length)
    {
        _left.RewindTo(length);
        _right.RewindTo(length);
    }

    public void Dispose()
    {
        _left.Dispose();
        _right.Dispose();
    }
}
