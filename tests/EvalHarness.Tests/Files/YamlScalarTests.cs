using EvalHarness.Files;
using EvalHarness.Pythonic;

namespace EvalHarness.Tests.Files;

/// <summary>Scalars as PyYAML 6 reads them; each is the text and Python's repr of its value.</summary>
public sealed class YamlScalarTests
{
    [Theory]
    [InlineData("yes", "True")]
    [InlineData("Off", "False")]
    [InlineData("y", "'y'")]
    [InlineData("N", "'N'")]
    [InlineData("yES", "'yES'")]
    [InlineData("'yes'", "'yes'")]
    [InlineData("!!str yes", "'yes'")]
    [InlineData("!!int '5'", "5")]
    [InlineData("!!float 5", "5.0")]
    [InlineData("~", "None")]
    [InlineData("0x1F", "31")]
    [InlineData("-0b101", "-5")]
    [InlineData("017", "15")]
    [InlineData("08", "'08'")]
    [InlineData("1_000", "1000")]
    [InlineData("12:30", "750")]
    [InlineData("12:30.5", "750.5")]
    [InlineData("12345678901234567890", "12345678901234567890")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    [InlineData("1e5", "'1e5'")]
    [InlineData("1.e+5", "100000.0")]
    [InlineData("-.5", "'-.5'")]
    [InlineData(".5", "0.5")]
    [InlineData("-.inf", "-inf")]
    [InlineData(".NaN", "nan")]
    [InlineData("1.2.3", "'1.2.3'")]
    [InlineData("2024-01-31", "'2024-01-31'")]
    public void Resolve_AsPyYaml(string text, string repr)
    {
        object? value = YamlReader.Read("key: " + text, "test.yaml", "").Single().Keys.Single().Value;
        Assert.Equal(repr, Python.Repr(value), StringComparer.Ordinal);
    }
}
