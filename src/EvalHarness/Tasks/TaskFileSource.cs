using System.Reflection;

namespace EvalHarness.Tasks;

/// <summary>Where the texts of task files come from: the program itself, and the user's folders.</summary>
internal static class TaskFileSource
{
    /// <summary>With which the source of a built-in file begins.</summary>
    internal const string BuiltIn = "built-in ";

    /// <summary>Stands for the folder of the built-in files, so that these include each other and nothing else.</summary>
    private const string Inside = "";

    private static readonly Assembly Program = typeof(TaskFileSource).Assembly;
    private static readonly string[] Ignored = ["__pycache__", ".ipynb_checkpoints"];

    /// <summary>The built-in files that can have a task or a group.</summary>
    internal static IEnumerable<IncludedText> BuiltInFiles() => Program.GetManifestResourceNames()
        .Where(name => IsTaskFile(name) && !name.StartsWith('_'))
        .Select(name => OpenBuiltIn(name)!);

    /// <summary>The paths of the task files of a folder and its subfolders, in ordinal order.</summary>
    internal static string[] Paths(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories)
            .Where(path => !path.Split('/', '\\').Any(Ignored.Contains))
            .OrderBy(path => path.Replace('\\', '/'), StringComparer.Ordinal),
    ];

    /// <summary>The paths of the task files of a folder alone, in ordinal order.</summary>
    internal static string[] PathsIn(string folder) => [.. Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal)];

    /// <summary>The files that <c>--tasks</c> names by their path or by their folder; null where the name is none of a path.</summary>
    /// <remarks>As in lm-evaluation-harness, the subfolders of a folder are left out.</remarks>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: the name is that of a task file, and there is none.</exception>
    internal static string[]? PathsOfTasks(string name)
    {
        bool isTaskFile = name.EndsWith(".yaml", StringComparison.Ordinal) || name.EndsWith(".yml", StringComparison.Ordinal);
        bool isPath = isTaskFile || name.Contains('/', StringComparison.Ordinal) || name.Contains('\\', StringComparison.Ordinal);
        if (isPath && File.Exists(name))
            return [name];
        if (isPath && Directory.Exists(name))
            return PathsIn(name);
        return isTaskFile
            ? throw new EvalException(
                ExitCode.Task, $"--tasks {name}: there is no such file; expected the path of a task file, or the name of a task")
            : null;
    }

    /// <summary>Reads a task file of the user.</summary>
    internal static IncludedText OpenFile(string path)
    {
        string parent = Path.GetDirectoryName(Path.GetFullPath(path))!.Replace('\\', '/');
        return new IncludedText(path, parent, File.ReadAllText(path));
    }

    /// <summary>A file that another one includes: the one beside it, else the built-in one of that name; null for neither.</summary>
    /// <param name="folder">The folder of the file that includes it.</param>
    /// <param name="name">The name of the included file, or its path from that folder.</param>
    internal static IncludedText? OpenIncluded(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        return folder != Inside && File.Exists(path) ? OpenFile(path) : OpenBuiltIn(name);
    }

    private static bool IsTaskFile(string name) =>
        name.EndsWith(".yaml", StringComparison.Ordinal) && !name.Contains('/', StringComparison.Ordinal);

    private static IncludedText? OpenBuiltIn(string name)
    {
        using Stream? stream = IsTaskFile(name) ? Program.GetManifestResourceStream(name) : null;
        return stream is null ? null : new IncludedText($"{BuiltIn}{name}", Inside, new StreamReader(stream).ReadToEnd());
    }
}
