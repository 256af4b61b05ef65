using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Nltk;

/// <summary>
/// What the sentence splitter learned about a language. It is data of NLTK (package punkt_tab) and not ours: it is read from where
/// NLTK keeps it.
/// </summary>
internal sealed class PunktModel
{
    private readonly HashSet<string> _abbreviations;
    private readonly HashSet<string> _starters;
    private readonly HashSet<(string, string)> _collocations;
    private readonly Dictionary<string, int> _contexts;

    private PunktModel(HashSet<string> abbreviations, HashSet<string> starters, HashSet<(string, string)> collocations, Dictionary<string, int> contexts) =>
        (_abbreviations, _starters, _collocations, _contexts) = (abbreviations, starters, collocations, contexts);

    internal bool IsAbbreviation(string type) => _abbreviations.Contains(type);

    internal bool IsStarter(string type) => _starters.Contains(type);

    internal bool IsCollocation(string first, string second) => _collocations.Contains((first, second));

    /// <summary>Flags of <see cref="Punkt"/>: where and in which case the word was seen.</summary>
    internal int Context(string type) => _contexts.GetValueOrDefault(type);

    /// <exception cref="FunctionException">It is not on this machine.</exception>
    internal static PunktModel English => EnglishModel.Value ?? throw new FunctionException(
        "sentences are counted with NLTK's English model, which is not here; expected tokenizers/punkt_tab/english in a folder of NLTK_DATA or in nltk_data in the home folder; get it with: python -m nltk.downloader punkt_tab");

    private static readonly Lazy<PunktModel?> EnglishModel = new(() =>
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string[] roots = [.. (Environment.GetEnvironmentVariable("NLTK_DATA") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries), Path.Combine(home, "nltk_data"), "/usr/share/nltk_data"];
        string? folder = roots.Select(root => Path.Combine(root, "tokenizers", "punkt_tab", "english")).FirstOrDefault(Directory.Exists);
        return folder is null ? null : Read(folder);
    });

    /// <param name="folder">With abbrev_types.txt, sent_starters.txt, collocations.tab and ortho_context.tab.</param>
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
