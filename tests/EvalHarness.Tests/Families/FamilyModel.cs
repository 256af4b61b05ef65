using System.Text.Json;

namespace EvalHarness.Tests.Families;

/// <summary>A family's random model in a folder of its own, and the same weights in plain numpy.</summary>
internal sealed class FamilyModel : IDisposable
{
    private static readonly string Scripts = Path.Combine(Shared.Repository, "tests", "EvalHarness.Tests", "Families");

    private readonly TemporaryFolder _folder = new();
    private readonly FamilyCase _family;

    /// <param name="family">The family.</param>
    /// <param name="type">The model type in genai_config.json; null for the family's own.</param>
    internal FamilyModel(FamilyCase family, string? type = null)
    {
        _family = family;
        Python(["write_model.py", family.Name, Tokenizer(family), _folder.Path, .. type is null ? (string[])[] : [type]]);
    }

    /// <summary>Why no model can be written on this machine; null where it can be.</summary>
    internal static string? Missing { get; } = Shared.Missing
        ?? PythonFactAttribute.Missing
        ?? (ExternalProgram.Run(PythonFactAttribute.Python, ["-c", "import numpy"]).ExitCode == 0
            ? null
            : $"needs numpy for {PythonFactAttribute.Python}");

    internal static string Tokenizer(FamilyCase family) => Path.Combine(Shared.Folder, "tokenizers", family.Vocabulary);

    internal string Folder => _folder.Path;

    /// <summary>ln P of the ids from a position on, each after all ids before it, in double precision and without a cache.</summary>
    internal double[][] Reference(IEnumerable<(int[] Ids, int From)> sequences, int vocabulary)
    {
        IEnumerable<string> lines = sequences.Select(s => JsonSerializer.Serialize(new { ids = s.Ids, from = s.From }));
        string requests = _folder.Write("requests.jsonl", string.Join('\n', lines));
        string answers = Python(["reference.py", _family.Name, $"{vocabulary}", requests]);
        return [.. answers.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<double[]>(line)!)];
    }

    private static string Python(string[] arguments)
    {
        (int exitCode, string output, string error) = ExternalProgram.Run(PythonFactAttribute.Python, arguments, Scripts);
        return exitCode == 0 ? output : throw new InvalidOperationException($"{string.Join(' ', arguments)}: {error}");
    }

    public void Dispose() => _folder.Dispose();
}
