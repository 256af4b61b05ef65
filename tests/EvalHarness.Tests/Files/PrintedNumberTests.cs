using System.Text.Json;
using EvalHarness.Files;

namespace EvalHarness.Tests.Files;

public sealed class PrintedNumberTests
{
    [Theory]
    [InlineData("85", 85, 0.5)]
    [InlineData("85.0", 85, 0.05)]
    [InlineData("84.95", 84.95, 0.005)]
    [InlineData("0.8", 0.8, 0.05)]
    public void Parse_KeepsTheDigits(string text, double value, double rounding)
    {
        var number = PrintedNumber.Parse(text)!;
        Assert.Equal((text, value), (number.ToString(), number.Value));
        Assert.Equal(rounding, number.Rounding, 12);
    }

    [Theory]
    [InlineData("")]
    [InlineData("85.")]
    [InlineData(".85")]
    [InlineData("8.5e1")]
    [InlineData("-85")]
    [InlineData("085")]
    [InlineData("85 ")]
    [InlineData("85\n")]
    [InlineData("85,0")]
    public void Parse_AnotherText_IsNone(string text) => Assert.Null(PrintedNumber.Parse(text));

    [Fact]
    public void Json_IsANumberWithTheSameDigits()
    {
        string json = JsonSerializer.Serialize(PrintedNumber.Parse("85.0"));
        Assert.Equal("85.0", json);
        Assert.Equal(PrintedNumber.Parse("85.0"), JsonSerializer.Deserialize<PrintedNumber>(json));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<PrintedNumber>("8.5e1"));
    }
}
