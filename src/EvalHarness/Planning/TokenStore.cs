using System.Runtime.InteropServices;
using EvalHarness.Files;

namespace EvalHarness.Planning;

/// <summary>
/// Token ids one after the other. Once there are more than a bound, they are in a temporary file. Any thread may read while none appends.
/// </summary>
/// <param name="bound">The most tokens that are kept in memory, 1 or more.</param>
internal sealed class TokenStore(int bound) : IDisposable
{
    /// <summary>32 MiB.</summary>
    internal const int DefaultBound = 8 << 20;

    /// <summary>The tokens that are written at once, once there is a file: 1 MiB.</summary>
    private const int BufferLength = 1 << 18;

    private const int SmallestBuffer = 64;

    /// <summary>The tokens behind those of the file.</summary>
    private int[] _memory = [];
    private int _count;
    private ScratchFile? _file;
    private long _written;

    internal bool IsInFile => _file is not null;

    private int Limit => _file is null ? bound : Math.Min(bound, BufferLength);

    /// <returns>The place of the first of these tokens.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: no temporary file can be made, or the disk is full.</exception>
    internal long Append(ReadOnlySpan<int> tokens)
    {
        long place = _written + _count;
        while (tokens.Length > 0)
        {
            if (_count == Limit)
                Spill();
            int taken = Math.Min(tokens.Length, Limit - _count), needed = _count + taken;
            if (needed > _memory.Length)
                Array.Resize(ref _memory, Math.Min(Limit, Math.Max(needed, Math.Max(SmallestBuffer, 2 * _memory.Length))));
            tokens[..taken].CopyTo(_memory.AsSpan(_count));
            _count = needed;
            tokens = tokens[taken..];
        }

        return place;
    }

    /// <summary>Reads tokens that have been appended.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the disk fails.</exception>
    internal void Read(long place, Span<int> tokens)
    {
        int inFile = (int)Math.Clamp(_written - place, 0, tokens.Length);
        if (inFile > 0)
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(tokens[..inFile]);
            if (_file!.Read(bytes, place * sizeof(int)) < bytes.Length)
                throw new EndOfStreamException("a temporary file of tokens is shorter than what was written to it");
        }

        if (inFile < tokens.Length)
            _memory.AsSpan((int)(place + inFile - _written), tokens.Length - inFile).CopyTo(tokens[inFile..]);
    }

    /// <summary>Tokens where they lie in memory.</summary>
    /// <exception cref="InvalidOperationException">They are in a file.</exception>
    internal ArraySegment<int> View(long place, int length) => IsInFile
        ? throw new InvalidOperationException("the tokens are in a file")
        : new ArraySegment<int>(_memory, (int)place, length);

    private void Spill()
    {
        _file ??= ScratchFile.Create(ScratchFile.Folder);
        _file.Write(MemoryMarshal.AsBytes(_memory.AsSpan(0, _count)), _written * sizeof(int));
        _written += _count;
        _count = 0;
        if (_memory.Length > Limit)
            _memory = [];
    }

    public void Dispose() => _file?.Dispose();
}
