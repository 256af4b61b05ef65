using System.Numerics;
using EvalHarness.Data;
using EvalHarness.Data.Tables;
using EvalHarness.Pythonic;

namespace EvalHarness.Tests.Pythonic;

/// <summary>Bytes, decimals and times as Python 3 prints and compares them.</summary>
public sealed class PythonValueTests
{
    private static readonly DateTime Time = new(2023, 11, 14, 22, 13, 20);

    private static PythonTimestamp Timestamp(DateTime time, long microseconds = 0, bool isUtc = false) =>
        new(((time - DateTime.UnixEpoch).Ticks / 10) + microseconds, isUtc);

    public static TheoryData<string, string, string> Values => new()
    {
        { "decimal", "2.50", "Decimal('2.50')" },
        { "zero", "0.00", "Decimal('0.00')" },
        { "small", "-0.000001", "Decimal('-0.000001')" },
        { "smaller", "1.0E-9", "Decimal('1.0E-9')" },
        { "no digits", "0E-10", "Decimal('0E-10')" },
        { "whole", "-123", "Decimal('-123')" },
        { "timestamp", "2023-11-14 22:13:20.123456", "datetime.datetime(2023, 11, 14, 22, 13, 20, 123456)" },
        { "utc", "2023-11-14 22:13:00+00:00", "datetime.datetime(2023, 11, 14, 22, 13, tzinfo=datetime.timezone.utc)" },
        { "before 1970", "1969-12-31 23:59:59.999999", "datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)" },
        { "first", "0001-01-01 00:00:00", "datetime.datetime(1, 1, 1, 0, 0)" },
        { "time", "01:02:03.500000", "datetime.time(1, 2, 3, 500000)" },
        { "minutes", "01:02:00", "datetime.time(1, 2)" },
        { "bytes", "b\"a'b\"", "b\"a'b\"" },
        { "odd bytes", @"b'a""\'\x00\xff\\\n'", @"b'a""\'\x00\xff\\\n'" },
    };

    private static object Make(string name) => name switch
    {
        "decimal" => new PythonDecimal(250, 2),
        "zero" => new PythonDecimal(0, 2),
        "small" => new PythonDecimal(-1, 6),
        "smaller" => new PythonDecimal(10, 10),
        "no digits" => new PythonDecimal(0, 10),
        "whole" => new PythonDecimal(-123, 0),
        "timestamp" => Timestamp(Time, 123_456),
        "utc" => Timestamp(Time.AddSeconds(-20), isUtc: true),
        "before 1970" => new PythonTimestamp(-1, false),
        "first" => Timestamp(DateTime.MinValue),
        "time" => new PythonTime(3_723_500_000),
        "minutes" => new PythonTime(3_720_000_000),
        "bytes" => new PythonBytes("a'b"u8.ToArray()),
        _ => new PythonBytes([.. "a\"'"u8, 0, 0xff, (byte)'\\', (byte)'\n']),
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Text_IsPythons(string name, string text, string representation)
    {
        Assert.Equal(text, Python.Str(Make(name)));
        Assert.Equal($"[{representation}]", Python.Str(new object?[] { Make(name) }));
    }

    [Fact]
    public void Timestamp_HasItsParts()
    {
        PythonTimestamp time = Timestamp(Time, 7);
        foreach ((string name, long part) in new[] { ("year", 2023L), ("month", 11), ("day", 14), ("hour", 22), ("microsecond", 7) })
        {
            Assert.True(time.TryMember(name, out object? value));
            Assert.Equal(part, value);
        }
    }

    [Theory]
    [InlineData("18446744073709551616")]
    [InlineData("-9223372036854775809")]
    public void Json_LargeWholeNumber_IsKept(string digits)
    {
        Assert.IsType<BigInteger>(PlainJson.Parse(digits));
        Assert.Equal(digits, Document.ToNode(PlainJson.Parse(digits))!.ToJsonString());
    }

    [Fact]
    public void Json_NumberOfTooManyDigits_IsAnError() =>
        Assert.Throws<System.Text.Json.JsonException>(() => PlainJson.Parse(new string('9', 4_301)));

    public static TheoryData<bool, string> Pairs => new()
    {
        { true, "decimal of other digits" }, { true, "decimal and float" }, { false, "decimal and nearest float" },
        { true, "large and float" }, { false, "long and nearest float" }, { true, "flag and one" }, { false, "utc or not" },
        { true, "bytes" }, { false, "NaN" }, { true, "maps with other keys" }, { false, "text and bytes" },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Equality_IsPythons(bool equal, string name)
    {
        (object? a, object? b) = name switch
        {
            "decimal of other digits" => (new PythonDecimal(250, 2), new PythonDecimal(25, 1)),
            "decimal and float" => (new PythonDecimal(50, 2), 0.5),
            "decimal and nearest float" => (new PythonDecimal(1, 1), 0.1),
            "large and float" => (BigInteger.Pow(2, 64), Math.Pow(2, 64)),
            "long and nearest float" => ((1L << 53) + 1, Math.Pow(2, 53)),
            "flag and one" => (true, 1L),
            "utc or not" => (Timestamp(Time), Timestamp(Time, isUtc: true)),
            "bytes" => (new PythonBytes([1, 2]), new PythonBytes([1, 2])),
            "NaN" => (double.NaN, double.NaN),
            "maps with other keys" => (new PythonDict { [1L] = "x" }, new PythonDict { [1.0] = "x" }),
            _ => ((object?, object?))("a", new PythonBytes("a"u8.ToArray())),
        };
        Assert.Equal(equal, Document.ValuesEqual(a, b));
        Assert.Equal(equal, Document.ValuesEqual(new object?[] { b }, new object?[] { a }));
    }
}
