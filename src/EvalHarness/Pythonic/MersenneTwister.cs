using System.Runtime.Intrinsics;

namespace EvalHarness.Pythonic;

/// <summary>
/// Gives the same numbers as Python's <c>random.Random</c>, bit for bit: MT19937 seeded with <c>init_by_array</c>, and both algorithms
/// of <c>sample</c>. With the same seed, few-shot examples are therefore the same as in lm-evaluation-harness.
/// </summary>
/// <remarks>
/// Source: M. Matsumoto and T. Nishimura, "Mersenne Twister" (1998); the algorithms in the documentation of CPython's random module.
/// </remarks>
internal sealed class MersenneTwister
{
    private const int Size = 624;
    private const int Middle = 397;

    private readonly uint[] _state = new uint[Size];

    /// <summary>The numbers that the state gives, of which those from <see cref="_next"/> on are still to come.</summary>
    private readonly uint[] _numbers = new uint[Size];

    private int _next = Size;
    private double? _gaussian;

    public MersenneTwister(long seed)
    {
        ulong size = (ulong)Math.Abs(seed);
        uint[] key = size > uint.MaxValue ? [(uint)size, (uint)(size >> 32)] : [(uint)size];
        SeedWith(19650218);
        int i = 1, j = 0;
        for (int k = Math.Max(Size, key.Length); k > 0; k--)
        {
            _state[i] = (_state[i] ^ ((_state[i - 1] ^ (_state[i - 1] >> 30)) * 1664525)) + key[j] + (uint)j;
            i++;
            j++;
            if (i >= Size)
            {
                _state[0] = _state[Size - 1];
                i = 1;
            }

            if (j >= key.Length)
                j = 0;
        }

        for (int k = Size - 1; k > 0; k--)
        {
            _state[i] = (_state[i] ^ ((_state[i - 1] ^ (_state[i - 1] >> 30)) * 1566083941)) - (uint)i;
            i++;
            if (i >= Size)
            {
                _state[0] = _state[Size - 1];
                i = 1;
            }
        }

        _state[0] = 0x80000000;
    }

    private void SeedWith(uint seed)
    {
        _state[0] = seed;
        for (uint i = 1; i < Size; i++)
            _state[i] = (1812433253 * (_state[i - 1] ^ (_state[i - 1] >> 30))) + i;
    }

    /// <summary>32 random bits.</summary>
    public uint NextUInt32()
    {
        if (_next >= Size)
            Generate();
        return _numbers[_next++];
    }

    private void Generate()
    {
        // A number is made of itself, the next one and the one 397 places on, in a ring. Eight at a time read none of the eight anew.
        Twist(0, Size - Middle, Middle);
        Twist(Size - Middle, Size - 1, Middle - Size);
        _state[Size - 1] = Twisted(_state[Size - 1], _state[0], _state[Middle - 1]);
        int width = Vector256<uint>.Count;
        for (int k = 0; k < Size; k += width)
        {
            Vector256<uint> y = Vector256.Create<uint>(_state.AsSpan(k));
            y ^= y >>> 11;
            y ^= (y << 7) & Vector256.Create(0x9d2c5680u);
            y ^= (y << 15) & Vector256.Create(0xefc60000u);
            (y ^ (y >>> 18)).CopyTo(_numbers.AsSpan(k));
        }

        _next = 0;
    }

    /// <summary>Renews the numbers from one place up to another, eight at a time.</summary>
    private void Twist(int start, int end, int offset)
    {
        int k = start, width = Vector256<uint>.Count;
        for (; k + width <= end; k += width)
        {
            Vector256<uint> next = Vector256.Create<uint>(_state.AsSpan(k + 1));
            Vector256<uint> y = (Vector256.Create<uint>(_state.AsSpan(k)) & Vector256.Create(0x80000000u))
                | (next & Vector256.Create(0x7fffffffu));
            Vector256<uint> odd = Vector256<uint>.Zero - (next & Vector256<uint>.One);
            (Vector256.Create<uint>(_state.AsSpan(k + offset)) ^ (y >>> 1) ^ (odd & Vector256.Create(0x9908b0dfu)))
                .CopyTo(_state.AsSpan(k));
        }

        for (; k < end; k++)
            _state[k] = Twisted(_state[k], _state[k + 1], _state[k + offset]);
    }

    private static uint Twisted(uint own, uint next, uint far) =>
        far ^ (((own & 0x80000000) | (next & 0x7fffffff)) >> 1) ^ ((next & 1) == 0 ? 0 : 0x9908b0df);

    /// <summary>Python's <c>random()</c>: a number in [0, 1) with 53 random bits.</summary>
    public double NextDouble()
    {
        uint first = NextUInt32();
        return Double(first, NextUInt32());
    }

    private static double Double(uint first, uint second) => (((first >> 5) * 67108864.0) + (second >> 6)) / 9007199254740992.0;

    /// <summary>Python's <c>choices(range(count), k=len(drawn))</c>.</summary>
    /// <param name="drawn">Receives numbers from 0 to <paramref name="count"/> - 1.</param>
    /// <param name="count">At least 1.</param>
    public void Choose(Span<int> drawn, int count)
    {
        while (drawn.Length > 0)
        {
            int ready = Math.Min((Size - _next) / 2, drawn.Length);
            if (ready == 0)
            {
                drawn[0] = (int)(NextDouble() * count);
                drawn = drawn[1..];
                continue;
            }

            ReadOnlySpan<uint> numbers = _numbers.AsSpan(_next, 2 * ready);
            int i = 0, width = Vector256<int>.Count;
            for (; i + width <= ready; i += width)
                Vector256.Narrow(Below(numbers[(2 * i)..], count), Below(numbers[((2 * i) + width)..], count)).CopyTo(drawn[i..]);
            for (; i < ready; i++)
                drawn[i] = (int)(Double(numbers[2 * i], numbers[(2 * i) + 1]) * count);
            _next += 2 * ready;
            drawn = drawn[ready..];
        }
    }

    /// <summary>
    /// Four numbers below <paramref name="count"/>, in the lower halves of the result, with the same doubles and the same rounding as one
    /// by one. A whole number below 2^52 becomes a double in the bits of 2^52, whose unit in the last place is 1, and back in the same way.
    /// </summary>
    private static Vector256<long> Below(ReadOnlySpan<uint> numbers, int count)
    {
        Vector256<ulong> pairs = Vector256.Create(numbers).AsUInt64();
        Vector256<double> unit = Vector256.Create(4503599627370496.0);
        Vector256<double> first = (((pairs & Vector256.Create(0xfffffffful)) >>> 5) | unit.AsUInt64()).AsDouble() - unit;
        Vector256<double> second = ((pairs >>> 38) | unit.AsUInt64()).AsDouble() - unit;
        Vector256<double> drawn = ((first * 67108864.0) + second) * (count / 9007199254740992.0);
        return (Vector256.Floor(drawn) + unit).AsInt64();
    }

    /// <summary>Python's <c>gauss(0, 1)</c>, which makes two numbers at a time and keeps the second one for the next call.</summary>
    public double NextGaussian()
    {
        if (_gaussian is { } kept)
        {
            _gaussian = null;
            return kept;
        }

        double angle = NextDouble() * 2 * Math.PI, radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        _gaussian = Math.Sin(angle) * radius;
        return Math.Cos(angle) * radius;
    }

    /// <summary>
    /// Python's <c>_randbelow(n)</c>: draws as many bits as <paramref name="n"/> has, again and again until the number is below it.
    /// </summary>
    /// <param name="n">At least 1.</param>
    /// <returns>A number from 0 to <paramref name="n"/> - 1.</returns>
    public int NextBelow(int n)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        int bits = 32 - int.LeadingZeroCount(n);
        uint drawn;
        do
            drawn = NextUInt32() >> (32 - bits);
        while (drawn >= (uint)n);
        return (int)drawn;
    }

    /// <summary>Python's <c>shuffle(x)</c>, which shuffles the array in place.</summary>
    public void Shuffle<T>(T[] items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextBelow(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>Python's <c>sample(range(n), k)</c>.</summary>
    /// <returns>k different numbers from 0 to n - 1, in the order in which they were drawn.</returns>
    public int[] Sample(int n, int k)
    {
        if (k < 0 || k > n)
            throw new ArgumentOutOfRangeException(nameof(k), k, $"Cannot draw a sample of {k} from {n} items.");
        int setSize = 21;
        if (k > 5)
            setSize += (int)Math.Pow(4, Math.Ceiling(Math.Log(k * 3) / Math.Log(4)));
        var result = new int[k];
        if (n <= setSize)
        {
            int[] pool = [.. Enumerable.Range(0, n)];
            for (int i = 0; i < k; i++)
            {
                int j = NextBelow(n - i);
                result[i] = pool[j];
                pool[j] = pool[n - i - 1];
            }

            return result;
        }

        var taken = new HashSet<int>();
        for (int i = 0; i < k; i++)
        {
            int j = NextBelow(n);
            while (!taken.Add(j))
                j = NextBelow(n);
            result[i] = j;
        }

        return result;
    }
}
