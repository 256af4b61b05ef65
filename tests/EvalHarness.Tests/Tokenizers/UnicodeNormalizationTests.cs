using System.Text;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>Unicode's four normal forms, as Hugging Face's library makes them.</summary>
public sealed class UnicodeNormalizationTests
{
    private const NormalizationForm C = NormalizationForm.FormC, D = NormalizationForm.FormD;
    private const NormalizationForm KC = NormalizationForm.FormKC, KD = NormalizationForm.FormKD;

    [Theory]
    [InlineData(C, "e\u0301", "é")]
    [InlineData(C, "xe\u0301\u0302e", "xé\u0302e")]
    [InlineData(C, "a\u0323\u0302", "ậ")]
    [InlineData(C, "a\u0302\u0323", "ậ")]
    [InlineData(C, "ậ", "ậ")]
    [InlineData(C, "â\u0323", "ậ")]
    [InlineData(C, "q\u0307\u0323", "q\u0323\u0307")]
    [InlineData(C, "a\u0315\u0300\u05AE\u0300b", "à\u05AE\u0300\u0315b")]
    [InlineData(C, "\u1100\u1161\u11A8", "각")]
    [InlineData(C, "가\u11A8", "각")]
    [InlineData(C, "가\u11A7", "가\u11A7")]
    [InlineData(C, "각\u11A8", "각\u11A8")]
    [InlineData(C, "\u212B\u2126", "ÅΩ")]
    [InlineData(C, "\u0958", "\u0915\u093C")]
    [InlineData(C, "\uD834\uDD5E", "\uD834\uDD57\uD834\uDD65")]
    [InlineData(C, "\uFB01", "\uFB01")]
    [InlineData(C, "\u0301e", "\u0301e")]
    [InlineData(D, "ậ각", "a\u0323\u0302\u1100\u1161\u11A8")]
    [InlineData(D, "a\u0302\u0323", "a\u0323\u0302")]
    [InlineData(D, "가", "\u1100\u1161")]
    [InlineData(KC, "\uFB01 ①\u3000Ａ", "fi 1 A")]
    [InlineData(KC, "\uFDFA", "صلى الله عليه وسلم")]
    [InlineData(KC, "\u1E9B\u0323", "ṩ")]
    [InlineData(KD, "\u1E9B\u0323", "s\u0323\u0307")]
    [InlineData(KD, "½\u00A0²", "1\u20442 2")]
    public void Apply_EachForm_IsThatOfTheStandard(NormalizationForm form, string text, string expected) =>
        Assert.Equal(expected, UnicodeNormalization.Apply(form, text));

    /// <summary>Characters of later versions of Unicode have no decomposition and no class, as in the library.</summary>
    [Theory]
    [InlineData(KC, "\u32FF")]
    [InlineData(KC, "\uD83E\uDFF0\uD83E\uDFF9")]
    [InlineData(D, "\uD806\uDD38")]
    [InlineData(D, "a\u0301\u08D3")]
    public void Apply_CharactersAfterUnicode9_StayAsTheyAre(NormalizationForm form, string text) =>
        Assert.Same(text, UnicodeNormalization.Apply(form, text));

    [Theory]
    [InlineData(C)]
    [InlineData(D)]
    [InlineData(KC)]
    [InlineData(KD)]
    public void Apply_NothingToChange_IsTheSameObject(NormalizationForm form)
    {
        foreach (string text in (string[])["", "plain ASCII\n", "漢字とかな", "😀", "\uD800", "q\u0323\u0307", "a\uDC00\u0301"])
            Assert.Same(text, UnicodeNormalization.Apply(form, text));
    }

    [Theory]
    [InlineData(C, "xe\u0301y", "0 1 3")]
    [InlineData(C, "😀e\u0301😀", "0 0 2 4 4")]
    [InlineData(D, "xéy", "0 1 1 2")]
    [InlineData(KC, "ﬁx", "0 0 1")]
    [InlineData(C, "ab", "0 1")]
    [InlineData(D, "ậ", "0 0 0")]
    // Marks that change places: the library goes on counting in the order of the result.
    [InlineData(C, "q\u0307\u0323", "0 1 2")]
    [InlineData(C, "a\u0302\u0323b", "0 3")]
    public void Apply_Starts_SayWhereEachUnitComesFrom(NormalizationForm form, string text, string expected)
    {
        List<int> starts = [7];
        string result = UnicodeNormalization.Apply(form, text, starts);
        Assert.Equal(result.Length, starts.Count);
        Assert.Equal(expected, string.Join(' ', starts));
    }

    /// <summary>A long run of marks out of order would take hours if they were put in order one by one.</summary>
    [Fact]
    public void Apply_AMillionMarksOutOfOrder_AreSorted()
    {
        string text = "a" + string.Concat(Enumerable.Repeat("\u0301\u0323", 500_000));
        string expected = "a" + new string('\u0323', 500_000) + new string('\u0301', 500_000);
        Assert.Equal(expected, UnicodeNormalization.Apply(D, text));
    }

    [PythonFact]
    public void Data_IsWhatItsScriptWrites()
    {
        using var folder = new TemporaryFolder();
        string source = Path.Combine(Shared.Repository, "src", "EvalHarness", "Tokenizers");
        (int code, _, string error) = ExternalProgram.Run(
            PythonFactAttribute.Python, [Path.Combine(source, "make-normalization.py"), folder["normalization.bin"]]);
        Assert.True(code == 0, error);
        Assert.Equal(File.ReadAllBytes(Path.Combine(source, "normalization.bin")), File.ReadAllBytes(folder["normalization.bin"]));
    }
}
