using EvalHarness.Files;

namespace EvalHarness.Tasks.Code;

/// <summary>
/// The folder that a session sees, read-only. A task's Python may send what it reads there to the model as a prompt, and so to another
/// machine, although the session has no network: it sees the folder with the task files and nothing above it.
/// </summary>
/// <param name="Host">The folder's full path on this machine.</param>
/// <param name="Package">The package of which its files are modules; null for a folder of a user's own.</param>
internal sealed record CodeRoot(string Host, string? Package)
{
    private const string ReferencePackage = "lm_eval.tasks";

    /// <summary>
    /// The nearest folder above a Python file that ends in lm_eval/tasks; else the included folder that has the file; else its own folder.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: that would show more of the machine than tasks.</exception>
    internal static CodeRoot Of(FunctionReference function, IReadOnlyList<string> includePaths)
    {
        string file = Path.GetFullPath(function.Module);
        string own = Path.GetDirectoryName(file)!;
        for (string? folder = own; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Path.GetFileName(folder) == "tasks" && Path.GetFileName(Path.GetDirectoryName(folder)) == "lm_eval")
                return new CodeRoot(Allowed(folder, file), ReferencePackage);
        }

        string root = includePaths.Select(Path.GetFullPath).Select(Path.TrimEndingDirectorySeparator)
            .Where(folder => IsInside(own, folder)).MaxBy(folder => folder.Length) ?? own;
        return new CodeRoot(Allowed(root, file), null);
    }

    /// <summary>The path of a file below the folder, with forward slashes.</summary>
    internal string Relative(FunctionReference function) =>
        Path.GetRelativePath(Host, Path.GetFullPath(function.Module)).Replace(Path.DirectorySeparatorChar, '/');

    /// <summary>The name under which a manifest has a file: the same on every machine.</summary>
    /// <param name="relative">The path of the file below the folder.</param>
    internal string NameOf(string relative) => $"{Package?.Replace('.', '/') ?? Path.GetFileName(Host)}/{relative}";

    private static bool IsInside(string path, string folder) =>
        path == folder
        || path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string Allowed(string folder, string file)
    {
        string real = (Directory.Exists(folder) ? Directory.ResolveLinkTarget(folder, returnFinalTarget: true)?.FullName : null) ?? folder;
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (Path.GetPathRoot(real) == real || (home.Length > 0 && IsInside(home, Path.TrimEndingDirectorySeparator(real))))
        {
            throw new EvalException(
                ExitCode.Task,
                $"{file}: its Python would see all of {folder}, which has more than tasks; "
                + "put the task's files into a folder of their own");
        }

        return folder;
    }
}
