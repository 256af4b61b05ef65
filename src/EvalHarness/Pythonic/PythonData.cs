namespace EvalHarness.Pythonic;

/// <summary>Data of Python packages, which is theirs and read from where Python keeps it.</summary>
internal static class PythonData
{
    /// <summary>A package's folder in the first of Python's usual places that has it: an active environment, PYTHONPATH, the user's, the system's.</summary>
    internal static string? PackageFolder(string package) => Places().Select(place => Path.Combine(place, package)).FirstOrDefault(Directory.Exists);

    private static IEnumerable<string> Places()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        foreach (string entry in (Environment.GetEnvironmentVariable("PYTHONPATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            yield return entry;
        foreach (string root in ((string?[])[Environment.GetEnvironmentVariable("VIRTUAL_ENV"), Environment.GetEnvironmentVariable("CONDA_PREFIX"), Path.Combine(home, ".local"), "/usr/local", "/usr"]).OfType<string>().Where(Directory.Exists))
        {
            yield return Path.Combine(root, "Lib", "site-packages");
            string library = Path.Combine(root, "lib");
            string[] versions = Directory.Exists(library) ? [.. Directory.EnumerateDirectories(library, "python3*").OrderDescending(StringComparer.Ordinal)] : [];
            foreach (string python in versions)
            {
                yield return Path.Combine(python, "site-packages");
                yield return Path.Combine(python, "dist-packages");
            }
        }
    }
}
