using EvalHarness.Files;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Finds equivalents by the names of lm-evaluation-harness, which consist of the end of the Python file's path and the function's name.
/// A task file in a folder <c>hellaswag</c> with <c>!function utils.process_docs</c> finds <c>hellaswag/utils.process_docs</c>.
/// </summary>
internal static class FunctionCatalog
{
    private static readonly Dictionary<string, TaskFunction> Functions = ((IEnumerable<KeyValuePair<string, TaskFunction>>)
    [
        .. AveragedF1.Functions, .. BigBenchHard.Functions, .. Gpqa.Functions, .. Hellaswag.Functions, .. HendrycksMath.Functions,
        .. HumanEval.Functions, .. IfEval.Functions, .. Kobest.Functions, .. LeaderboardMmluPro.Functions, .. Mbpp.Functions,
        .. MinervaMath.Functions, .. MmluPro.Functions, .. Musr.Functions, .. TruthfulQa.Functions, .. Winogrande.Functions,
    ]).ToDictionary();

    private static readonly Lazy<Dictionary<string, string[]>> Modules = new(ReadModules);

    /// <summary>All names of equivalents, in ordinal order.</summary>
    public static IEnumerable<string> Names => Functions.Keys.Order(StringComparer.Ordinal);

    /// <returns>The equivalent, or null if there is none.</returns>
    public static TaskFunction? Find(FunctionReference reference) => Lookup(Functions, reference);

    /// <summary>
    /// Returns the SHA-256 hashes of the versions of the Python file that an equivalent was checked against. The list is empty if the
    /// equivalent does not depend on a version.
    /// </summary>
    public static IReadOnlyList<string> KnownVersions(FunctionReference reference) =>
        Lookup(Functions.Keys.ToDictionary(k => k), reference) is { } name
            ? Modules.Value.GetValueOrDefault(name[..name.LastIndexOf('.')] + ".py") ?? []
            : [];

    /// <summary>Reads lines of a hash and a path, as sha256sum writes them. A path with several versions has several lines.</summary>
    private static Dictionary<string, string[]> ReadModules()
    {
        using Stream stream = typeof(FunctionCatalog).Assembly.GetManifestResourceStream("python-modules.txt")!;
        return new StreamReader(stream).ReadToEnd()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split("  "))
            .GroupBy(parts => parts[1], parts => parts[0])
            .ToDictionary(g => g.Key, g => g.ToArray());
    }

    private static T? Lookup<T>(Dictionary<string, T> values, FunctionReference reference)
        where T : class
    {
        string[] parts = [.. reference.Folder.Split('/', StringSplitOptions.RemoveEmptyEntries), reference.Name];
        return Enumerable.Range(0, parts.Length - 1)
            .Select(start => values.GetValueOrDefault(string.Join('/', parts[start..])))
            .FirstOrDefault(found => found is not null);
    }
}
