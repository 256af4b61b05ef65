using EvalHarness.Data.Tables;

namespace EvalHarness.Data;

/// <summary>The files of a split on this machine.</summary>
/// <param name="Files">Each file's path, and its name in the manifest.</param>
/// <param name="Format">The format of all files.</param>
/// <param name="TypesFrom">The file that decides the types of CSV and JSON columns.</param>
/// <param name="Options">Options of the reader.</param>
internal sealed record DatasetFolder(
    IReadOnlyList<(string File, string Name)> Files,
    DataFormat Format,
    string TypesFrom,
    IReadOnlyDictionary<string, object?> Options)
{
    /// <summary>Finds the files of a split.</summary>
    /// <param name="roots">The folders that have datasets.</param>
    /// <param name="name">The split.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: it does not exist, or several sets of files could be it.</exception>
    internal static DatasetFolder Find(IReadOnlyList<string> roots, DatasetName name)
    {
        if (name.Files is { IsLocal: true, Patterns: not null } files)
        {
            (IReadOnlyList<(string File, string Name)> found, string first) = LocalFiles.Find(name);
            return Make(name, found, first, files.Options);
        }

        string folder = FindFolder(roots, name);
        var repository = new RepositoryFiles(folder, FolderFiles.In(folder), CardOf(folder));
        SplitFiles split = repository.Find(name, out string problem) ?? throw Missing($"{name.Path} {problem}");
        return Make(
            name,
            [.. split.Files.Select(f => (Path.Combine([folder, .. f.Split('/')]), $"{name.Path}/{f}"))],
            Path.Combine([folder, .. (split.TypesFrom ?? split.Files[0]).Split('/')]),
            split.Options);
    }

    internal static bool IsThere(IReadOnlyList<string> roots, DatasetName name) => FilesThere(roots, name).Count > 0;

    /// <summary>The paths of a split's files; none where it cannot be read.</summary>
    internal static IReadOnlyList<string> FilesThere(IReadOnlyList<string> roots, DatasetName name)
    {
        try
        {
            return [.. Find(roots, name).Files.Select(f => f.File)];
        }
        catch (EvalException)
        {
            return [];
        }
    }

    private static DatasetFolder Make(
        DatasetName name,
        IReadOnlyList<(string File, string Name)> files,
        string first,
        IReadOnlyDictionary<string, object?> options)
    {
        DataFormat? format = name.Files?.Format ?? DataFileKind.Of(files[0].File);
        foreach ((string file, _) in files)
        {
            // A file without a known extension has the format that the task gives.
            if ((DataFileKind.Of(file) ?? format) is not { } own || own != format)
            {
                throw Missing(
                    $"{file}: expected {format?.ToString() ?? "a data file"}, as the task or the other files say; "
                    + $"known extensions are {DataFileKind.Known}");
            }
        }

        if (format == DataFormat.Parquet && options.Count > 0)
            throw Missing($"{files[0].File}: {options.Keys.First()} is no option of Parquet files");
        return new DatasetFolder(files, format!.Value, first, options);
    }

    private static string FindFolder(IReadOnlyList<string> roots, DatasetName name)
    {
        if (name.Files is { IsLocal: true })
        {
            return LocalFiles.FindFolder(name) ?? throw Missing(
                $"dataset_path {name.Path}: there is no such file or folder beside the task file or in the working directory");
        }

        if (roots.Count > 0 && roots.All(r => !Directory.Exists(r)) && roots is [var only])
            throw Missing($"--datasets {only}: there is no such folder; give the folder that holds {name.Path}");
        return DatasetRoots.Find(roots, name.Path) ?? throw Missing(
            $"dataset {name.Path} is not under {string.Join(" or ", roots)}; "
            + $"expected a folder {Path.Combine([roots[0], .. name.Path.Split('/')])} with data files; "
            + $"fetch it with: {Invocation.Command} fetch dataset {name.Path}, or run with --download");
    }

    /// <summary>What a dataset's README.md says; null if it has none.</summary>
    internal static DatasetCard? CardOf(string folder)
    {
        string file = Path.Combine(folder, DatasetCard.FileName);
        try
        {
            return File.Exists(file) ? DatasetCard.Read(RegularFile.ReadText(file), file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException(ExitCode.Data, $"{file}: cannot be read: {e.Message}", e);
        }
    }

    private static EvalException Missing(string message) => new(ExitCode.Data, message);
}
