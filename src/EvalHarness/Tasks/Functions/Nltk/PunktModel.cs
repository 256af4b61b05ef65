using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Nltk;

/// <summary>
/// The data that the sentence splitter has learned about a language. It belongs to NLTK (package punkt_tab) and is not part of this
/// project, so it is read from where NLTK installs it.
/// </summary>
internal sealed class PunktModel
{
    private readonly HashSet<string> _abbreviations;
    private readonly HashSet<string> _starters;
    private readonly HashSet<(string, string)> _collocations;
    private readonly Dictionary<string, int> _contexts;

    private PunktModel(
        HashSet<string> abbreviations,
        HashSet<string> starters,
        HashSet<(string, string)> collocations,
        Dictionary<string, int> contexts) =>
        (_abbreviations, _starters, _collocations, _contexts) = (abbreviations, starters, collocations, contexts);

    internal bool IsAbbreviation(string type) => _abbreviations.Contains(type);

    internal bool IsStarter(string type) => _starters.Contains(type);

    internal bool IsCollocation(string first, string second) => _collocations.Contains((first, second));

    /// <summary>
    /// Returns flags of <see cref="Punkt"/> that say in which position and case the word occurs in the training text.
    /// </summary>
    internal int Context(string type) => _contexts.GetValueOrDefault(type);

    /// <summary>NLTK's model for English, which is read when it is first needed.</summary>
    /// <exception cref="FunctionException">The model is not installed on this machine.</exception>
    internal static PunktModel English => EnglishModel.Value ?? throw new FunctionException(
        "sentences are counted with NLTK's English model, which is not installed; "
        + "expected tokenizers/punkt_tab/english in a folder of NLTK_DATA or in nltk_data in the home folder; "
        + "get it with: python -m nltk.downloader punkt_tab");

    private static readonly Lazy<PunktModel?> EnglishModel = new(() =>
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string[] given = (Environment.GetEnvironmentVariable("NLTK_DATA") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string[] roots = [.. given, Path.Combine(home, "nltk_data"), "/usr/share/nltk_data"];
        string? folder = roots
            .Select(root => Path.Combine(root, "tokenizers", "punkt_tab", "english"))
            .FirstOrDefault(Directory.Exists);
        return folder is null ? null : Read(folder);
    });

    /// <param name="folder">The folder with abbrev_types.txt, sent_starters.txt, collocations.tab and ortho_context.tab.</param>
    internal static PunktModel Read(string folder)
    {
        IEnumerable<string> Lines(string name) => File.ReadLines(Path.Combine(folder, name)).Where(line => line.Length > 0);
        return new PunktModel(
            [.. Lines("abbrev_types.txt")],
            [.. Lines("sent_starters.txt")],
            [.. Lines("collocations.tab").Select(line => line.Split('\t')).Select(pair => (pair[0], pair[1]))],
            Lines("ortho_context.tab").Select(line => line.Split('\t')).ToDictionary(pair => pair[0], pair => int.Parse(pair[1], null)));
    }
}
