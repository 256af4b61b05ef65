using System.Numerics;

namespace EvalHarness.Data.Shards;

/// <summary>Numbers of columns as values of a <see cref="Document"/>.</summary>
internal static class ColumnNumber
{
    /// <summary>A long where the number fits into one, otherwise a <see cref="BigInteger"/>.</summary>
    internal static object Of(ulong number) => number <= long.MaxValue ? (long)number : new BigInteger(number);

    internal static object Of(Int128 number) => number >= long.MinValue && number <= long.MaxValue ? (long)number : (BigInteger)number;

    internal static object Of(UInt128 number) => number <= (UInt128)long.MaxValue ? (long)number : (BigInteger)number;

    /// <summary>The number of microseconds that a number of another unit makes, rounded down.</summary>
    /// <exception cref="InvalidDataException">More than 292,000 years from 1970.</exception>
    internal static long Scale(long number, long times, long over)
    {
        Int128 product = (Int128)number * times;
        if (product > long.MaxValue || product < long.MinValue)
            throw new InvalidDataException($"a timestamp lies {number} units of {times} microseconds from 1970, which is out of range");
        return (long)product / over - ((long)product % over < 0 ? 1 : 0);
    }
}
