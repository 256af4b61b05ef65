using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Languages;

/// <summary>How often each language has each run of one to three letters, and which characters count as the same.</summary>
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

    /// <exception cref="FunctionException">They are not on this machine.</exception>
    internal static LanguageProfiles Installed => OfPackage.Value ?? throw new FunctionException(
        "languages are told apart with the profiles of the Python package langdetect, which is not here; get it with: python -m pip install langdetect");

    private static readonly Lazy<LanguageProfiles?> OfPackage = new(() => PythonData.PackageFolder("langdetect") is { } folder ? Read(folder) : null);

    /// <param name="folder">With profiles/ and utils/messages.properties.</param>
    internal static LanguageProfiles Read(string folder)
    {
        var profiles = new LanguageProfiles();
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(folder, "profiles")).Order(StringComparer.Ordinal)];
        for (int i = 0; i < files.Length; i++)
            profiles.Add(files[i], i, files.Length);
        foreach (string line in File.ReadLines(Path.Combine(folder, "utils", "messages.properties")).Where(line => line.Contains('=', StringComparison.Ordinal)))
        {
            int at = line.IndexOf('=', StringComparison.Ordinal);
            string value = Escape().Replace(line[(at + 1)..].Trim(), match => ((char)int.Parse(match.Groups[1].ValueSpan, NumberStyles.HexNumber, null)).ToString());
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

    /// <summary>By language; null for a run that no language has.</summary>
    internal double[]? Probabilities(string run) => _probabilities.GetValueOrDefault(run);

    internal string Text(string name) => _strings.GetValueOrDefault(name) ?? "";

    /// <summary>One character for those that say the same about a language.</summary>
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
