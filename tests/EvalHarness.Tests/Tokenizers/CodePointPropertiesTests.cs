using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>Properties of code points, whose sets must be those of the Oniguruma inside Hugging Face's library.</summary>
public sealed class CodePointPropertiesTests
{
    private static readonly string[] Names =
    [
        "L", "Mn", "Nd", "No", "P", "S", "Cf", "Cn", "Alnum", "Graph", "Han", "split_digits", "split_punctuation", "strip_accents",
    ];

    /// <summary>.NET's categories follow its own version of Unicode, so this fails where a newer .NET has a newer one.</summary>
    [OracleFact]
    [Trait("Speed", "slow")]
    public void Named_EachProperty_IsTheSetOfTheLibrary()
    {
        (int code, string output, string error) = ExternalProgram.Run("node", ["properties.js", .. Names], LibraryOracle.Folder);
        Assert.True(code == 0, error);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Names.Length, lines.Length);
        Assert.Equal(lines, Names.Select(n => string.Join(' ', [Key(n), .. Steps(SetOf(n))])));
    }

    /// <summary>The file has one line for each name in its script, and Unicode 16.0's count of Han characters.</summary>
    [Fact]
    public void File_HasTheScriptsOfUnicode16()
    {
        CodePointSet han = CodePointProperties.Named("Han");
        Assert.Equal(99030, Enumerable.Range(0, han.Changes.Count / 2).Sum(i => han.Changes[2 * i + 1] - han.Changes[2 * i]));
        Assert.True(CodePointProperties.Named("garay").Contains(0x10D40));
        Assert.Equal(
            CodePointProperties.Named("IDStart").Changes.Count, CodePointProperties.Named("id-start").Changes.Count);
    }

    private static string Key(string name) => name.Contains('_') ? name : name.ToLowerInvariant();

    private static CodePointSet SetOf(string name) => name switch
    {
        "split_digits" => CodePointProperties.SplitDigits,
        "split_punctuation" => CodePointProperties.SplitPunctuation,
        "strip_accents" => CodePointProperties.StrippedAccents,
        _ => CodePointProperties.Named(name),
    };

    /// <summary>Without surrogates, which are no code points to the library.</summary>
    private static IEnumerable<string> Steps(CodePointSet set)
    {
        IReadOnlyList<int> changes = set.Intersect(CodePointSet.Range(0xD800, 0xDFFF).Complement()).Changes;
        return changes.Select((c, i) => (c - (i == 0 ? 0 : changes[i - 1])).ToString("x", null));
    }
}
