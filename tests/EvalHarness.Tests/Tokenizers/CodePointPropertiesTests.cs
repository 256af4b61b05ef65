using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>Properties of code points, whose sets must be those of the Oniguruma inside Hugging Face's library.</summary>
public sealed class CodePointPropertiesTests
{
    private static readonly string[] Names =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs",
        "Cf", "Cn", "L", "Punct", "Alnum", "Word", "Graph", "Space", "Han", "Latin", "Canadian_Aboriginal", "Uppercase", "Emoji",
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
        Assert.Equal(lines, Names.Select(n => string.Join(' ', [Key(n), .. Steps(CodePointProperties.Named(n))])));
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

    private static string Key(string name) => name.ToLowerInvariant().Replace("_", "", StringComparison.Ordinal);

    /// <summary>Without surrogates, which are no code points to the library.</summary>
    private static IEnumerable<string> Steps(CodePointSet set)
    {
        IReadOnlyList<int> changes = set.Intersect(CodePointSet.Range(0xD800, 0xDFFF).Complement()).Changes;
        return changes.Select((c, i) => (c - (i == 0 ? 0 : changes[i - 1])).ToString("x", null));
    }
}
