using System.Text;
using EvalHarness.OpenAI.Transport;

namespace EvalHarness.Tests.OpenAI.Transport;

/// <summary>The key is read from one place, and is taken out of everything that a server says.</summary>
public sealed class ApiKeyTests
{
    private static ApiKey Key(string value = Fault.Key) => ApiKey.Read(variable: null, _ => value)!;

    [Fact]
    public void Read_TakesTheNamedVariableOrTheUsualOne()
    {
        var asked = new List<string>();
        string? Environment(string name)
        {
            asked.Add(name);
            return name == "SET" ? Fault.Key : null;
        }

        Assert.Null(ApiKey.Read(variable: null, Environment));
        Assert.NotNull(ApiKey.Read("SET", Environment));
        Assert.Equal(["OPENAI_API_KEY", "SET"], asked);
    }

    [Theory]
    [InlineData("UNSET", null, "--api-key-from names UNSET, which is not set or empty")]
    [InlineData("UNSET", "", "--api-key-from names UNSET, which is not set or empty")]
    [InlineData("abcdef0123456789", null, "--api-key-from names a variable, which is not set or empty")]
    [InlineData("SET", "secret\n", "the key in SET has the end of a line or another control character in it")]
    [InlineData("SET", "secret ", "the key in SET has a space in it")]
    [InlineData("SET", "secrét", "the key in SET has a character that no HTTP header can have in it")]
    public void Read_NoKey_IsSaidWithoutIt(string variable, string? value, string says)
    {
        EvalException e = Assert.Throws<EvalException>(() => ApiKey.Read(variable, _ => value));
        Assert.Equal(ExitCode.Environment, e.ExitCode);
        Assert.StartsWith(says, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secr", e.Message, StringComparison.Ordinal);
    }

    /// <summary>However many bytes stand before it, base64 has characters that the key alone decides.</summary>
    [Fact]
    public void Hide_FindsTheKeyInEveryForm()
    {
        for (int before = 0; before < 5; before++)
        {
            string sent = $"{new string('x', before)}{Fault.Key} and more";
            foreach (string text in (string[])[sent, sent.ToUpperInvariant(), Uri.EscapeDataString(sent), Base64(sent)])
            {
                Assert.True(Key().IsIn(text), text);
                Assert.False(Key().IsIn(Key().Hide(text)), text);
                Assert.Contains("(key)", Key().Hide(text), StringComparison.Ordinal);
            }
        }
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <summary>Servers of one's own take any word for a key, and that word may stand in answers.</summary>
    [Fact]
    public void Hide_APlaceholder_StaysWhereItStands() => Assert.Equal("EMPTY set", Key("EMPTY").Hide("EMPTY set"));

    [Fact]
    public void ToString_IsNotTheKey()
    {
        var options = new TransportOptions { BaseAddress = new Uri("http://localhost"), Key = Key() };
        Assert.DoesNotContain(Fault.Key, $"{options} {options.Key}", StringComparison.Ordinal);
    }
}
