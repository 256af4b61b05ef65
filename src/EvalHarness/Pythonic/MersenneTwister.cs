namespace EvalHarness.Pythonic;

/// <summary>
/// Python's <c>random.Random</c> bit for bit: MT19937 seeded with <c>init_by_array</c>, and <c>sample</c> with its two ways of
/// drawing. The same shots appear as with the reference.
/// </summary>
/// <remarks>
/// Source: M. Matsumoto and T. Nishimura, "Mersenne Twister" (1998); the algorithms of CPython's random module documentation.
/// </remarks>
public sealed class MersenneTwister
{
    private const int Size = 624;
    private const int Middle = 397;

    private readonly uint[] _state = new uint[Size];
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
        uint y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >> 18);
    }

    private void Generate()
    {
        for (int k = 0; k < Size; k++)
        {
            uint y = (_state[k] & 0x80000000) | (_state[(k + 1) % Size] & 0x7fffffff);
            _state[k] = _state[(k + Middle) % Size] ^ (y >> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
        }

        _next = 0;
    }

    /// <summary><c>random()</c>: 53 bits in [0, 1).</summary>
    public double NextDouble()
    {
        uint a = NextUInt32() >> 5, b = NextUInt32() >> 6;
        return ((a * 67108864.0) + b) / 9007199254740992.0;
    }

    /// <summary><c>gauss(0, 1)</c>: two at a time, the second kept for the next call.</summary>
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

    /// <summary><c>_randbelow(n)</c> for 0 &lt; n &lt; 2^31: draws the bits of n until the number is below it.</summary>
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

    /// <summary><c>shuffle(x)</c>, in place.</summary>
    public void Shuffle<T>(T[] items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextBelow(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary><c>sample(range(n), k)</c>: k different indices, in the order drawn.</summary>
    public int[] Sample(int n, int k)
    {
        if (k < 0 || k > n)
            throw new ArgumentOutOfRangeException(nameof(k), k, $"a sample of {k} from {n}");
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
