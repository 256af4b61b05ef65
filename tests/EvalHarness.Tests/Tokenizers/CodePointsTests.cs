using System.Text;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>Classes of code points of components that have a version of Unicode of their own in Hugging Face's library.</summary>
public sealed class CodePointsTests
{
    [Theory]
    [InlineData(0x301, true)]
    [InlineData(0x93C, true)]
    [InlineData(0x20DD, true)]
    [InlineData('a', false)]
    // A mark of Unicode 10.
    [InlineData(0x1DF6, false)]
    public void IsStrippedAccent_IsMarksOfUnicode9(int code, bool expected) =>
        Assert.Equal(expected, CodePoints.IsStrippedAccent(new Rune(code)));

    [Theory]
    [InlineData('$', true)]
    [InlineData('!', true)]
    [InlineData(0x3002, true)]
    [InlineData(0x20AC, false)]
    // Punctuation of Unicode 13.
    [InlineData(0x11946, false)]
    public void IsPunctuation_IsThatOfAnOldUnicode(int code, bool expected) =>
        Assert.Equal(expected, CodePoints.IsPunctuation(new Rune(code)));

    [Theory]
    [InlineData('7', true)]
    [InlineData(0x664, true)]
    [InlineData(0xBD, true)]
    [InlineData(0x2160, true)]
    [InlineData(0x1D7D8, true)]
    [InlineData('a', false)]
    [InlineData(0x4E00, false)]
    // A digit of Unicode 17.
    [InlineData(0x11DE0, true)]
    public void IsNumeric_IsNumbersOfUnicode17(int code, bool expected) => Assert.Equal(expected, CodePoints.IsNumeric(new Rune(code)));

    [Theory]
    [InlineData('A', "a")]
    [InlineData(0x130, "i\u0307")]
    [InlineData(0x3A3, "σ")]
    [InlineData(0xA7CE, "\uA7CF")]
    [InlineData(0x16EA0, "\uD81B\uDEBB")]
    [InlineData(0x16EB8, "\uD81B\uDED3")]
    [InlineData(0x1C5, "ǆ")]
    [InlineData(0x4E00, "一")]
    public void Lower_HasTheLettersOfUnicode17(int code, string expected) => Assert.Equal(expected, CodePoints.Lower(new Rune(code)));
}
