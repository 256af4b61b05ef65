using EvalHarness.Data.Tables;

namespace EvalHarness.Data;

/// <summary>
/// Finds files that a task names on this machine. A relative path is looked for in the folder of the task file and in the working
/// directory; where both have it, and it is not the same file, none is taken.
/// </summary>
internal static class LocalFiles
{
    /// <summary>Finds the files of one split.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: a file is not there, or is there twice.</exception>
    internal static (IReadOnlyList<(string File, string Name)> Files, string First) Find(DatasetName name)
    {
        DataFiles files = name.Files!;
        SplitPatterns patterns = files.Patterns!;
        (string? Split, IReadOnlyList<string> Patterns)? entry = patterns.IsUnnamed
            ? patterns.Splits[0]
            : patterns.Splits.Where(s => s.Split == name.Split).Cast<(string?, IReadOnlyList<string>)?>().FirstOrDefault();
        if (entry is not { } chosen)
        {
            string there = string.Join(", ", patterns.Splits.Select(s => s.Split));
            throw Missing($"{name}: data_files names the splits {there} and no split {name.Split}");
        }

        IReadOnlyList<(string File, string Name)> found = [.. chosen.Patterns.SelectMany(p => Expand(p, files))];
        if (found.DistinctBy(f => f.File).Count() != found.Count)
            throw Missing($"{name}: a file is matched by two entries of data_files, and its rows would count twice");
        return (found, Expand(patterns.Splits[0].Patterns[0], files)[0].File);
    }

    /// <summary>The folder that <c>dataset_path: ./FOLDER</c> names.</summary>
    /// <returns>Null if there is none.</returns>
    internal static string? FindFolder(DatasetName name)
    {
        string[] found =
            [.. Bases(name.Files!).Select(b => Path.GetFullPath(Path.Combine(b, name.Path))).Distinct().Where(Directory.Exists)];
        return found.Length < 2 ? found.FirstOrDefault() : throw Twice(name.Path, found);
    }

    private static IEnumerable<string> Bases(DataFiles files) =>
        files.Folder is { } folder ? [folder, Directory.GetCurrentDirectory()] : [Directory.GetCurrentDirectory()];

    private static IReadOnlyList<(string File, string Name)> Expand(string pattern, DataFiles files)
    {
        string plain = Path.Combine(files.Directory ?? "", PathPattern.Normalize(pattern)).Replace('\\', '/');
        string[] bases = [.. Bases(files).Select(Path.GetFullPath).Distinct()];
        (string Base, IReadOnlyList<string> Paths)[] found =
            [.. bases.Select(b => (b, Matches(b, plain))).Where(f => f.Item2.Count > 0)];
        string[] first = [.. found.Select(f => Path.GetFullPath(Path.Combine(f.Base, f.Paths[0]))).Distinct()];
        if (first.Length > 1)
            throw Twice(pattern, first);
        if (first.Length == 0)
        {
            throw Missing(
                $"there is no file {plain}; looked for in {string.Join(" and ", bases)}"
                + (Path.IsPathRooted(plain) ? "" : ": the path is relative to the task file or to the working directory"));
        }

        return [.. found[0].Paths.Select(p => (Path.GetFullPath(Path.Combine(found[0].Base, p)), p))];
    }

    private static IReadOnlyList<string> Matches(string folder, string pattern)
    {
        if (!PathPattern.IsGlob(pattern))
            return File.Exists(Path.Combine(folder, pattern)) ? [pattern] : [];
        // The part before the first glob names the folder to look in.
        string[] parts = pattern.Split('/');
        string fixedPart = string.Join('/', parts.TakeWhile(p => !PathPattern.IsGlob(p)));
        if (fixedPart.Length == 0 && pattern.StartsWith('/'))
            fixedPart = "/";
        string start = Path.Combine(folder, fixedPart);
        if (!Directory.Exists(start))
            return [];
        string rest = string.Join('/', parts.SkipWhile(p => !PathPattern.IsGlob(p)));
        return
        [
            .. PathPattern.Match(FolderFiles.In(start), rest).Where(p => DataFileKind.Of(p) is not null)
                .Select(p => fixedPart.Length == 0 ? p : $"{fixedPart.TrimEnd('/')}/{p}"),
        ];
    }

    private static EvalException Twice(string path, string[] found) =>
        Missing($"{path} could be {string.Join(" or ", found)}; remove one, or give the whole path");

    private static EvalException Missing(string message) => new(ExitCode.Data, message);
}
