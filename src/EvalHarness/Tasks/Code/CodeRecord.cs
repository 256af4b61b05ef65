using System.Collections.Concurrent;
using System.Security.Cryptography;
using EvalHarness.Files;

namespace EvalHarness.Tasks.Code;

/// <summary>A file of a task's folder, Python or data, that was read while its functions were loaded or ran.</summary>
/// <param name="Name">Its path below the folder, after the folder's name, with forward slashes: the same on every machine.</param>
/// <param name="Sha256">Of its bytes, in lower-case hexadecimal.</param>
internal readonly record struct CodeFile(string Name, string Sha256);

/// <summary>Something that a function used of a module that is not there; the use failed.</summary>
/// <param name="Module">The module.</param>
/// <param name="File">The task file that imports it, below the folder.</param>
/// <param name="Line">The line of the import.</param>
internal readonly record struct StandInUse(string Module, string File, long Line);

/// <summary>What took part in what functions return. Sessions tell it; files are hashed here, outside the box.</summary>
internal sealed class CodeRecord
{
    /// <summary>The bytes of the largest file beside a Python file that is recorded whether it was read or not.</summary>
    private const long LargestBeside = 64 << 20;

    /// <summary>Task files, which the manifest has in another place, and what people write for each other.</summary>
    private static readonly HashSet<string> NotRead = new(StringComparer.OrdinalIgnoreCase) { ".yaml", ".yml", ".md", ".ipynb" };

    private readonly ConcurrentDictionary<(CodeRoot Root, string Relative), string> _files = [];
    private readonly ConcurrentDictionary<string, string> _packages = [];
    private readonly ConcurrentDictionary<FunctionReference, IReadOnlyList<StandInUse>> _standIns = [];
    private readonly ConcurrentDictionary<FunctionReference, bool> _draws = [];

    internal IReadOnlyList<CodeFile> Files =>
        [.. _files.Select(f => new CodeFile(f.Key.Root.NameOf(f.Key.Relative), f.Value)).Distinct()
            .OrderBy(f => f.Name, StringComparer.Ordinal).ThenBy(f => f.Sha256, StringComparer.Ordinal)];

    /// <summary>The versions of the packages that were imported and that are neither the standard library nor the harness's own.</summary>
    internal IReadOnlyDictionary<string, string> Packages => new SortedDictionary<string, string>(_packages, StringComparer.Ordinal);

    /// <summary>What a function used of modules that are not there, so far.</summary>
    internal IReadOnlyList<StandInUse> StandIns(FunctionReference function) => _standIns.GetValueOrDefault(function) ?? [];

    /// <summary>Whether a function that was loaded may draw random numbers.</summary>
    internal bool Draws(FunctionReference function) => _draws.GetValueOrDefault(function);

    /// <summary>Takes the answer to a load.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: a file was changed since it was first read.</exception>
    internal void Loaded(CodeRoot root, FunctionReference function, object? answer)
    {
        if (answer is not IReadOnlyDictionary<string, object?> loaded)
            return;
        _draws[function] = loaded.GetValueOrDefault("draws") is true;
        foreach (string file in Items(loaded, "files").OfType<string>().Concat(Beside(root, function)))
            Add(root, file);
        if (loaded.GetValueOrDefault("packages") is IReadOnlyDictionary<string, object?> packages)
        {
            foreach ((string name, object? version) in packages)
                _packages[UntrustedText.OneLine(name)] = UntrustedText.OneLine($"{version}");
        }

        Touched([function], loaded);
    }

    /// <summary>Takes what an answer says of stand-ins that were used.</summary>
    internal void Touched(IReadOnlyList<FunctionReference> functions, IReadOnlyDictionary<string, object?> answer)
    {
        StandInUse[] uses = [.. Items(answer, "touched").OfType<IReadOnlyDictionary<string, object?>>().Select(use => new StandInUse(
            UntrustedText.OneLine($"{use.GetValueOrDefault("module")}"),
            UntrustedText.OneLine($"{use.GetValueOrDefault("file")}"),
            use.GetValueOrDefault("line") as long? ?? 0))];
        if (uses.Length == 0)
            return;
        foreach (FunctionReference function in functions)
            _standIns.AddOrUpdate(function, uses, (_, before) => [.. before.Union(uses)]);
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: a file was changed since it was first read.</exception>
    internal void CheckUnchanged(CodeRoot root)
    {
        foreach (((CodeRoot of, string relative), string before) in _files)
        {
            if (of == root && Hash(Path.Combine(root.Host, relative)) != before)
            {
                throw new EvalException(
                    ExitCode.Data, $"{Path.Combine(root.Host, relative)} was changed while its functions were in use; start the run anew");
            }
        }
    }

    /// <summary>Only files below the folder count; whoever wrote the Python decides what a session says.</summary>
    private void Add(CodeRoot root, string relative)
    {
        string path = Path.GetFullPath(Path.Combine(root.Host, relative));
        if (!_files.ContainsKey((root, relative)) && path.StartsWith(root.Host + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            && Hash(path) is { } hash)
            _files.TryAdd((root, relative), hash);
    }

    /// <summary>
    /// What lies beside the Python file: functions may read it, or import it, only when the answers are graded, or have another program
    /// read it, and by then the manifest says what decides the numbers.
    /// </summary>
    private static IEnumerable<string> Beside(CodeRoot root, FunctionReference function) =>
        from file in new DirectoryInfo(Path.GetDirectoryName(Path.GetFullPath(function.Module))!).EnumerateFiles()
        where file.Name[0] != '.' && file.Length <= LargestBeside && !NotRead.Contains(file.Extension)
        select Path.GetRelativePath(root.Host, file.FullName).Replace(Path.DirectorySeparatorChar, '/');

    /// <summary>Null for what is no file here.</summary>
    private static string? Hash(string path)
    {
        try
        {
            if (!File.Exists(path))
                return null;
            using FileStream file = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IReadOnlyList<object?> Items(IReadOnlyDictionary<string, object?> map, string name) =>
        map.GetValueOrDefault(name) as IReadOnlyList<object?> ?? [];
}
