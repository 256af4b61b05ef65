using System.Collections;

namespace EvalHarness.Planning;

/// <summary>
/// The steps of a plan in their order, in about 7 bytes each: small numbers take one byte, and where a step's sequences begin is written as
/// the distance from the step before it, which is never behind it.
/// </summary>
internal sealed class PackedSteps : IEnumerable<PlanStep>
{
    private readonly Column<byte> _bytes = new();
    private int _first;

    internal void Add(PlanStep step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step.First, _first, nameof(step));
        Write(step.First - _first);
        Write(step.Start);
        Write((step.Length << 1) | (step.Read ? 1 : 0));
        Write(step.Last - step.First);
        Write(step.Ends - step.First);
        _first = step.First;
    }

    public IEnumerator<PlanStep> GetEnumerator()
    {
        for (int at = 0, first = 0; at < _bytes.Count;)
        {
            first += Read(ref at);
            (int start, int length, int last, int ends) = (Read(ref at), Read(ref at), Read(ref at), Read(ref at));
            yield return new PlanStep(start, length >> 1, (length & 1) != 0, first, first + last, first + ends);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Seven bits a byte, the lowest first; the eighth says that more follow.</summary>
    private void Write(int value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.Add((byte)(value | 0x80));
        _bytes.Add((byte)value);
    }

    private int Read(ref int at)
    {
        for (int value = 0, shift = 0; ; shift += 7)
        {
            byte next = _bytes[at++];
            value |= (next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
