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

    /// <summary>Python's <c>random()</c>: a number in [0, 1) with 53 random bits.</summary>
    public double NextDouble()
    {
        uint a = NextUInt32() >> 5, b = NextUInt32() >> 6;
        return ((a * 67108864.0) + b) / 9007199254740992.0;
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
