namespace EvalHarness.Pythonic;

/// <summary>Finds installed Python packages, whose data files are read from where Python keeps them.</summary>
internal static class PythonData
{
    /// <summary>
    /// The folder of a package; null if it is not installed. The search goes through PYTHONPATH, the active virtual or conda
    /// environment, the user's packages and the system's packages, in this order.
    /// </summary>
    internal static string? PackageFolder(string package) =>
        Places().Select(place => Path.Combine(place, package)).FirstOrDefault(Directory.Exists);

    private static IEnumerable<string> Places()
    {
        string pythonPath = Environment.GetEnvironmentVariable("PYTHONPATH") ?? "";
        foreach (string entry in pythonPath.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            yield return entry;
        string?[] roots =
        [
            Environment.GetEnvironmentVariable("VIRTUAL_ENV"),
            Environment.GetEnvironmentVariable("CONDA_PREFIX"),
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local"),
            "/usr/local",
            "/usr",
        ];
        foreach (string root in roots.OfType<string>().Where(Directory.Exists))
        {
            yield return Path.Combine(root, "Lib", "site-packages");
            string library = Path.Combine(root, "lib");
            string[] versions = Directory.Exists(library)
                ? [.. Directory.EnumerateDirectories(library, "python3*").OrderDescending(StringComparer.Ordinal)]
                : [];
            foreach (string python in versions)
            {
                yield return Path.Combine(python, "site-packages");
                yield return Path.Combine(python, "dist-packages");
            }
        }
    }
}
