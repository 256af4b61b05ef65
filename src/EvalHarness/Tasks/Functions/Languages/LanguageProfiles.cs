using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Languages;

/// <summary>
/// Knows how often each sequence of one to three letters occurs in each language, and which characters count as the same.
/// </summary>
internal sealed partial class LanguageProfiles
{
    private readonly Dictionary<string, double[]> _probabilities = [];
    private readonly Dictionary<char, char> _sameIdeograph = [];
    private readonly Dictionary<string, string> _strings = [];
    private readonly List<string> _languages = [];

    private LanguageProfiles()
    {
    }

    internal IReadOnlyList<string> Languages => _languages;

    private static readonly Lazy<LanguageProfiles?> OfPackage =
        new(() => PythonData.PackageFolder("langdetect") is { } folder ? Read(folder) : null);

    /// <summary>The profiles of the Python package langdetect, which are read when they are first needed.</summary>
    /// <exception cref="FunctionException">langdetect is not installed on this machine.</exception>
    internal static LanguageProfiles Installed => OfPackage.Value ?? throw new FunctionException(
        "languages are detected with the profiles of the Python package langdetect, which is not installed; "
        + "get it with: python -m pip install langdetect");

    /// <param name="folder">The folder of the package, with profiles/ and utils/messages.properties.</param>
    internal static LanguageProfiles Read(string folder)
    {
        var profiles = new LanguageProfiles();
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(folder, "profiles")).Order(StringComparer.Ordinal)];
        for (int i = 0; i < files.Length; i++)
            profiles.Add(files[i], i, files.Length);
        foreach (string line in File.ReadLines(Path.Combine(folder, "utils", "messages.properties")))
        {
            int at = line.IndexOf('=', StringComparison.Ordinal);
            if (at < 0)
                continue;
            string value = Escape().Replace(
                line[(at + 1)..].Trim(),
                match => ((char)int.Parse(match.Groups[1].ValueSpan, NumberStyles.HexNumber, null)).ToString());
            profiles._strings[line[..at]] = value;
            if (line.StartsWith("NGram.KANJI_", StringComparison.Ordinal))
            {
                foreach (char c in value)
                    profiles._sameIdeograph[c] = value[0];
            }
        }

        return profiles;
    }

    private void Add(string file, int index, int count)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        _languages.Add(json.RootElement.GetProperty("name").GetString()!);
        long[] totals = [.. json.RootElement.GetProperty("n_words").EnumerateArray().Select(n => n.GetInt64())];
        foreach (JsonProperty word in json.RootElement.GetProperty("freq").EnumerateObject())
        {
            if (!_probabilities.TryGetValue(word.Name, out double[]? row))
                _probabilities[word.Name] = row = new double[count];
            if (word.Name.Length is >= 1 and <= 3)
                row[index] = (double)word.Value.GetInt64() / totals[word.Name.Length - 1];
        }
    }

    /// <summary>
    /// Returns the probability of a sequence of letters by language, or null for a sequence that no profile contains.
    /// </summary>
    internal double[]? Probabilities(string run) => _probabilities.GetValueOrDefault(run);

    internal string Text(string name) => _strings.GetValueOrDefault(name) ?? "";

    /// <summary>Replaces characters that carry the same information about a language by one of them.</summary>
    internal char Normalise(char c) => c switch
    {
        (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') => c,
        <= '\u007f' => ' ',
        <= '\u00ff' => Text("NGram.LATIN1_EXCLUDE").Contains(c, StringComparison.Ordinal) ? ' ' : c,
        '\u0219' => '\u015f',
        '\u021b' => '\u0163',
        '\u06cc' => '\u064a',
        >= '\u1ea0' and <= '\u1eff' => '\u1ec3',
        >= '\u2000' and <= '\u206f' => ' ',
        >= '\u3040' and <= '\u309f' => '\u3042',
        >= '\u30a0' and <= '\u30ff' => '\u30a2',
        (>= '\u3100' and <= '\u312f') or (>= '\u31a0' and <= '\u31bf') => '\u3105',
        >= '\u4e00' and <= '\u9fff' => _sameIdeograph.GetValueOrDefault(c, c),
        >= '\uac00' and <= '\ud7af' => '\uac00',
        _ => c,
    };

    [GeneratedRegex(@"\\u([0-9A-Fa-f]{4})")]
    private static partial Regex Escape();
}
