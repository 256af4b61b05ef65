using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;

namespace EvalHarness.OpenAI.Transport;

/// <summary>The header that a server takes its key in.</summary>
internal enum KeyHeader
{
    /// <summary><c>Authorization: Bearer KEY</c>, which OpenAI and most servers take.</summary>
    Bearer,

    /// <summary><c>api-key: KEY</c>, which Azure takes.</summary>
    ApiKey,
}

/// <summary>
/// The key of an endpoint. It goes into the header of a request and nowhere else: it has no property, it prints as a word, and
/// <see cref="Hide"/> takes it out of what a server says.
/// </summary>
internal sealed partial class ApiKey
{
    /// <summary>The variable that is read where <c>--api-key-from</c> names none.</summary>
    internal const string DefaultVariable = "OPENAI_API_KEY";

    /// <summary>
    /// A key that is shorter is a placeholder such as "EMPTY" for a server that wants none: taking that word out of answers would
    /// change them.
    /// </summary>
    private const int ShortestSecret = 8;

    private const string Hidden = "(key)";

    private readonly string _value;
    private readonly string[] _spellings;

    private ApiKey(string value)
    {
        _value = value;
        _spellings = value.Length < ShortestSecret ? [] : [value, Uri.EscapeDataString(value), .. Base64(Encoding.UTF8.GetBytes(value))];
    }

    /// <summary>Reads the key from the environment.</summary>
    /// <param name="variable">The name that <c>--api-key-from</c> gives; null for <see cref="DefaultVariable"/>.</param>
    /// <param name="environment">Returns the value of an environment variable, or null if it is not set.</param>
    /// <returns>Null where no variable is named and the usual one is not set: servers of one's own want no key.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Environment"/>: the named variable is not set, or what it holds cannot be a key.
    /// </exception>
    internal static ApiKey? Read(string? variable, Func<string, string?> environment)
    {
        string name = variable ?? DefaultVariable;
        if (environment(name) is not { Length: > 0 } value)
        {
            return variable is null
                ? null
                : throw new EvalException(
                    ExitCode.Environment,
                    $"--api-key-from names {Shown(name)}, which is not set or empty; put the endpoint's key into it, or leave the option "
                    + "out for an endpoint that wants no key");
        }

        string? problem = value switch
        {
            _ when value.Any(char.IsControl) => "the end of a line or another control character",
            _ when value.Any(char.IsWhiteSpace) => "a space",
            _ when value.Any(c => c > '~') => "a character that no HTTP header can have",
            _ => null,
        };
        return problem is null
            ? new ApiKey(value)
            : throw new EvalException(ExitCode.Environment, $"the key in {Shown(name)} has {problem} in it; set it again without");
    }

    /// <summary>Whether a text can be the name of an environment variable, and not the key itself that someone gave instead.</summary>
    internal static bool IsName(string text) => VariableName().IsMatch(text);

    /// <summary>A name in small letters can be a key that was given instead of a name, so it is not repeated.</summary>
    private static string Shown(string name) => PlainName().IsMatch(name) ? name : "a variable";

    internal void AddTo(HttpRequestHeaders headers, KeyHeader header)
    {
        // What a client library put there is a placeholder.
        headers.Remove("api-key");
        headers.Authorization = header == KeyHeader.Bearer ? new AuthenticationHeaderValue("Bearer", _value) : null;
        if (header == KeyHeader.ApiKey)
            headers.Add("api-key", _value);
    }

    /// <summary>Whether a text has the key in it, as it is, escaped for a URL, or in base64.</summary>
    internal bool IsIn(string text) => _spellings.Any(s => text.Contains(s, StringComparison.OrdinalIgnoreCase));

    /// <summary>The text without the key.</summary>
    internal string Hide(string text) =>
        _spellings.Aggregate(text, (t, spelling) => t.Replace(spelling, Hidden, StringComparison.OrdinalIgnoreCase));

    public override string ToString() => Hidden;

    /// <summary>The characters of base64 that the key decides alone, at each of the three places where it can begin.</summary>
    private static IEnumerable<string> Base64(byte[] key)
    {
        for (int before = 0; before < 3; before++)
        {
            string text = Convert.ToBase64String([.. new byte[before], .. key]);
            int first = ((before * 8) + 5) / 6, end = (before + key.Length) * 8 / 6;
            string own = text[first..end];
            yield return own;
            yield return own.Replace('+', '-').Replace('/', '_');
        }
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex VariableName();

    [GeneratedRegex(@"\A[A-Z][A-Z0-9_]*\z")]
    private static partial Regex PlainName();
}
