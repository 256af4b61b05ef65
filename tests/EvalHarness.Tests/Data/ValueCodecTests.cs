using System.Numerics;
using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Tests.Data;

/// <summary>Values that are written to a temporary file come back as they were.</summary>
public sealed class ValueCodecTests
{
    private static object? Copied(object? value)
    {
        var stream = new MemoryStream();
        ValueCodec.Write(new BinaryWriter(stream), value);
        stream.Position = 0;
        object? read = ValueCodec.Read(new BinaryReader(stream));
        Assert.Equal(stream.Length, stream.Position);
        return read;
    }

    private static PythonDict Map(params (object? Key, object? Value)[] members)
    {
        var map = new PythonDict();
        foreach ((object? key, object? value) in members)
            map[key] = value;
        return map;
    }

    public static TheoryData<object?> Values =>
    [
        (object?)null, true, false, 0L, -1L, long.MinValue, long.MaxValue, BigInteger.Parse("-123456789012345678901234567890"), 0.1, -1e300,
        "", "a", "Grüße, 世界 \U0001F600\0\n", new string('ä', 100_000), "half a pair \ud83d, and the other half \ude00 first",
        new PythonBytes([]), new PythonBytes([0, 127, 128, 255]), new PythonDecimal(250, 2), new PythonDecimal(-BigInteger.Pow(10, 37), 0),
        new PythonTimestamp(1_700_000_000_123_456, isUtc: true), new PythonTimestamp(-1, isUtc: false), new PythonTime(86_399_999_999),
        new List<object?> { 1L, null, "x", new List<object?>() }, new[] { "a", "b" },
        PythonSequence.Tuple([]), PythonSequence.Tuple([1L, PythonSequence.Tuple(["x"])]), PythonSequence.Range([0L, 1L], "range(0, 2)"),
        new OrderedDictionary<string, object?> { ["z"] = 1L, ["a"] = null, [""] = new List<object?> { 2.5 } },
        Map((1L, "one"), (true, "kept under 1"), (2.5, null), ("1", 1L), (null, 0L), (PythonSequence.Tuple([1L, 2L]), "pair")),
        new PythonText("<b>"),
    ];

    [Theory]
    [MemberData(nameof(Values))]
    public void Value_Read_IsTheSame(object? value)
    {
        object? read = Copied(value);
        Assert.Equal(Python.Repr(value), Python.Repr(read));
        if (value is null or string or bool or long or double or BigInteger or PythonObject)
            Assert.Equal(value?.GetType(), read?.GetType());
        // Python prints texts with the halves of pairs alike only where they are the same; this compares them and the order of maps.
        if (value is not (PythonText or null))
            Assert.True(Document.ValuesEqual(value, read) || value is PythonSequence or PythonDict, Python.Repr(read));
    }

    [Fact]
    public void Number_Read_HasItsBits()
    {
        foreach (double number in (double[])[-0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon])
            Assert.Equal(BitConverter.DoubleToInt64Bits(number), BitConverter.DoubleToInt64Bits((double)Copied(number)!));
    }

    [Fact]
    public void Sequences_Read_AreWhatTheyWere()
    {
        var named = (PythonSequence)Copied(PythonSequence.Tuple(["a", 2L], "first", "second"))!;
        Assert.True(named.TryMember("second", out object? second));
        Assert.Equal(2L, second);
        Assert.False(named.IsRange);
        Assert.True(((PythonSequence)Copied(PythonSequence.Range([0L], "range(1)"))!).IsRange);
        var map = (IReadOnlyDictionary<string, object?>)Copied(new Dictionary<string, object?> { ["z"] = 1L, ["a"] = 2L })!;
        Assert.Equal(["z", "a"], map.Keys);
        Assert.True(((PythonDict)Copied(Map((1L, "one")))!).TryGetValue(1.0, out object? one));
        Assert.Equal("one", one);
    }

    [Fact]
    public void Value_ThatIsNotPlain_IsRefused() =>
        Assert.Contains("System.Object", Assert.Throws<ArgumentException>(() => Copied(new List<object?> { new object() })).Message,
            StringComparison.Ordinal);
}
