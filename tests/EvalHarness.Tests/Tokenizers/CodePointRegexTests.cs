using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>Expressions in Oniguruma's syntax. What is expected is what Hugging Face's library matches.</summary>
public sealed class CodePointRegexTests
{
    private const string Qwen =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static string Matches(string pattern, string text) => string.Join(
        '|', new CodePointRegex(pattern).Enumerate(text, 0, text.Length).Select(m => text.Substring(m.Start, m.Length)));

    [Theory]
    [InlineData(Qwen, "It's  12\n\n x", "It|'s| |" + " |1|2|\n\n| x")]
    [InlineData(Qwen, "'S'ſ'LL", "'S|'ſ|'LL")]
    [InlineData(@"\p{L}+", "𝔘𝔫 a𠀀b", "𝔘𝔫|a𠀀b")]
    [InlineData(@"\p{N}{1,3}", "𝟘𝟙𝟚𝟛12", "𝟘𝟙𝟚|𝟛12")]
    [InlineData(@".", "😀\na", "😀|a")]
    [InlineData(@"(?m:.)", "😀\n", "😀|\n")]
    [InlineData(@"[^a]", "😀ab", "😀|b")]
    [InlineData(@"[😀-😎]+", "😁😂x🚀", "😁😂")]
    [InlineData(@"[\x{1F600}-\x{1F64F}\u4e00-\u9fff]+", "😁中x", "😁中")]
    public void Pattern_SeesCodePoints(string pattern, string text, string expected) => Assert.Equal(expected, Matches(pattern, text));

    [Theory]
    [InlineData(@"a++b|a", "aab", "aab")]
    [InlineData(@"a++a", "aaa", "")]
    [InlineData(@"\p{N}{1,3}+", "1234567", "1234567")]
    [InlineData(@"a{2}?", "aaaa", "aa|aa")]
    [InlineData(@"a{1,3}?", "aa", "a|a")]
    [InlineData(@"a{,2}b", "aaab", "aab")]
    [InlineData(@"a{2}{2}", "aaaaa", "aaaa")]
    [InlineData(@"a{", "a{", "a{")]
    [InlineData(@"(?>a|ab)c", "abcac", "ac")]
    [InlineData(@"a(?i)b|c", "aB c aC", "aB|aC")]
    [InlineData(@"(?x: a b # both
)", "ab", "ab")]
    [InlineData(@"(?#note)a", "a", "a")]
    [InlineData(@"(?<name>a)b", "ab", "ab")]
    [InlineData(@"x*", "ax", "|x")]
    public void Repetitions_AndGroups_AreThoseOfOniguruma(string pattern, string text, string expected) =>
        Assert.Equal(expected, Matches(pattern, text));

    [Theory]
    [InlineData(@"[a-z&&[^aeiou]]+", "abcde", "bcd")]
    [InlineData(@"[\p{L}&&[^\p{Han}]]+", "ab中文c", "ab|c")]
    [InlineData(@"[^a&&b]", "ab", "a|b")]
    [InlineData(@"[a[bc]]+", "abcd", "abc")]
    [InlineData(@"[]a]+", "]a[", "]a")]
    [InlineData(@"[a-]+", "a-b", "a-")]
    [InlineData(@"[[:punct:]]+", "a+!$", "+!$")]
    [InlineData(@"[[:^alpha:]]+", "a1Ⓐ", "1")]
    [InlineData(@"[[:alpha:]]+", "aⓐⅧ1", "aⓐⅧ")]
    [InlineData(@"\h+", "xaF9g", "aF9")]
    [InlineData(@"\w+", "a_1² ", "a_1²")]
    [InlineData(@"[\w]+", "a_1² ", "a_1")]
    [InlineData(@"\s+", "a\u0085\u00A0\u3000\u200B\u180E", "\u0085\u00A0\u3000")]
    [InlineData(@"\p{Han}+", "中〇々あ", "中〇々")]
    [InlineData(@"\p{^L}\P{N}", "1a", "1a")]
    [InlineData(@"\p{Lowercase_Letter}+", "aB", "a")]
    public void Classes_AreThoseOfOniguruma(string pattern, string text, string expected) => Assert.Equal(expected, Matches(pattern, text));

    [Theory]
    [InlineData(@"(?i:k)", "kK\u212A", "k|K|\u212A")]
    [InlineData(@"(?i:[a-z]+)", "aBſ\u212A1", "aBſ\u212A")]
    [InlineData(@"(?i:[^s])", "sSſx", "x")]
    [InlineData(@"(?i:é)", "éÉ", "é|É")]
    [InlineData(@"(?i:\p{Lu})", "aA", "A")]
    [InlineData(@"(?i:i)", "iIİı", "i|I")]
    public void IgnoreCase_HasTheVariantsOfOniguruma(string pattern, string text, string expected) =>
        Assert.Equal(expected, Matches(pattern, text));

    [Theory]
    [InlineData(@"^a", "a\na", "a|a")]
    [InlineData(@"a$", "a\na\n", "a|a")]
    [InlineData(@"a\Z", "a\na\n", "a")]
    [InlineData(@"\Aa", "aa", "a")]
    [InlineData(@"\bb", "ab b", "b")]
    [InlineData(@"(?<=𝔘)x", "𝔘xx", "x")]
    [InlineData(@"\R", "\r\n\n\u2028", "\r\n|\n|\u2028")]
    public void Anchors_AreThoseOfOniguruma(string pattern, string text, string expected) => Assert.Equal(expected, Matches(pattern, text));

    [Fact]
    public void Enumerate_APartOfAText_IsMatchedAsIfItWereTheWhole()
    {
        var regex = new CodePointRegex(@"\s+(?!\S)|\p{L}+$|^\p{L}");
        Assert.Equal([(3, 3)], regex.Enumerate("😀a   b", 2, 4).Where(m => m.Length > 1));
        Assert.Equal([(0, 2), (4, 2)], new CodePointRegex(@"𝔘").Enumerate("𝔘😀𝔘", 0, 6));
        Assert.Equal([(2, 1)], new CodePointRegex(@"^a$").Enumerate("😀a😀", 2, 1));
    }

    [Theory]
    [InlineData(@"(a)\1", @"\1")]
    [InlineData(@"\X", @"\X")]
    [InlineData(@"a\Kb", @"\K")]
    [InlineData(@"\G", @"\G")]
    [InlineData(@"(?~a)", "a group")]
    [InlineData(@"(?(1)a|b)", "a group")]
    [InlineData(@"\p{Klingon}", @"\p{Klingon}")]
    [InlineData(@"[[:klingon:]]", "[:klingon:]")]
    [InlineData(@"(?i:ss)", "'ss' under (?i)")]
    [InlineData(@"(?i:ß)", "several letters")]
    [InlineData(@"[z-a]", "a range")]
    [InlineData(@"[a", "'['")]
    [InlineData(@"(a", "'('")]
    [InlineData(@"a)", "')'")]
    [InlineData(@"*a", "'*'")]
    [InlineData(@"a\", @"'\'")]
    public void Construct_ThatCannotBeMatched_IsNamed(string pattern, string named)
    {
        string message = Assert.Throws<NotSupportedException>(() => new CodePointRegex(pattern)).Message;
        Assert.Contains($"'{pattern}'", message, StringComparison.Ordinal);
        Assert.Contains(named, message[(message.IndexOf(" has ", StringComparison.Ordinal))..], StringComparison.Ordinal);
    }

    /// <summary>Hugging Face's library aborts the process on this text.</summary>
    [Fact]
    public void Enumerate_TwelveMillionSpaces_TakesSeconds()
    {
        string text = new string(' ', 12_000_000) + "x";
        Assert.Equal([(0, 11_999_999), (11_999_999, 2)], new CodePointRegex(Qwen).Enumerate(text, 0, text.Length));
    }

    [Fact]
    public void Enumerate_FromSeveralThreads_GivesTheSame()
    {
        var regex = new CodePointRegex(Qwen);
        string text = string.Concat(Enumerable.Repeat("Hello 😀 world's 123\n\n", 200));
        var expected = regex.Enumerate(text, 0, text.Length);
        Parallel.For(0, 50, _ => Assert.Equal(expected, regex.Enumerate(text, 0, text.Length)));
    }

    /// <summary>A pattern that tries all ways to divide a text gives up, so that no file can hold up a run.</summary>
    [Fact]
    public void Pattern_ThatNeverEnds_IsGivenUp()
    {
        var regex = new CodePointRegex("(a|aa)+x", TimeSpan.FromMilliseconds(100));
        Assert.Throws<UnencodableTextException>(() => regex.Enumerate(new string('a', 60) + "<", 0, 61));
    }
}
