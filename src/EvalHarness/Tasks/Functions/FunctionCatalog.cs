using EvalHarness.Files;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Equivalents by the reference's own names: the end of the Python file's path, then the function. A task file that names
/// <c>!function utils.process_docs</c> in a folder <c>hellaswag</c> finds <c>hellaswag/utils.process_docs</c>.
/// </summary>
public static class FunctionCatalog
{
    private static readonly Dictionary<string, TaskFunction> Functions = ((IEnumerable<KeyValuePair<string, TaskFunction>>)
    [
        .. BigBenchHard.Functions, .. Gpqa.Functions, .. Hellaswag.Functions, .. HendrycksMath.Functions, .. HumanEval.Functions, .. IfEval.Functions,
        .. Mbpp.Functions, .. MinervaMath.Functions, .. MmluPro.Functions, .. Musr.Functions, .. TruthfulQa.Functions, .. Winogrande.Functions,
    ]).ToDictionary();

    /// <summary>All names, in order.</summary>
    public static IEnumerable<string> Names => Functions.Keys.Order(StringComparer.Ordinal);

    /// <returns>Null where there is no equivalent.</returns>
    public static TaskFunction? Find(FunctionReference reference) => Lookup(Functions, reference);

    /// <summary>SHA-256 of the Python files that an equivalent was checked against; empty where it is not tied to one.</summary>
    public static IReadOnlyList<string> KnownVersions(FunctionReference reference) => Lookup(Functions.Keys.ToDictionary(k => k), reference) is { } name
        ? Modules.Value.GetValueOrDefault(name[..name.LastIndexOf('.')] + ".py") ?? []
        : [];

    private static readonly Lazy<Dictionary<string, string[]>> Modules = new(ReadModules);

    /// <summary>Lines of hash and path, as sha256sum writes them; a path may stand there more than once.</summary>
    private static Dictionary<string, string[]> ReadModules()
    {
        using Stream stream = typeof(FunctionCatalog).Assembly.GetManifestResourceStream("python-modules.txt")!;
        return new StreamReader(stream).ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("  "))
            .GroupBy(parts => parts[1], parts => parts[0]).ToDictionary(g => g.Key, g => g.ToArray());
    }

    private static T? Lookup<T>(Dictionary<string, T> values, FunctionReference reference)
        where T : class
    {
        string[] parts = [.. reference.Folder.Split('/', StringSplitOptions.RemoveEmptyEntries), reference.Name];
        return Enumerable.Range(0, parts.Length - 1).Select(start => values.GetValueOrDefault(string.Join('/', parts[start..]))).FirstOrDefault(found => found is not null);
    }
}
