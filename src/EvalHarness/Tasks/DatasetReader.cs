using System.Text.RegularExpressions;
using EvalHarness.Data;
using EvalHarness.Data.Tables;

namespace EvalHarness.Tasks;

/// <summary>Where a task's documents come from.</summary>
/// <param name="Path">The repository on the hub, or a path or format where the files are on this machine.</param>
/// <param name="Files">What the task says of the files; null if it says nothing.</param>
internal sealed record TaskDataset(string Path, DataFiles? Files);

/// <summary>
/// Reads <c>dataset_path</c> and <c>dataset_kwargs</c>. A dataset is a repository of the hub (<c>ORG/NAME</c>), a format with
/// <c>data_files</c> (<c>csv</c>, <c>json</c>, <c>parquet</c>, <c>text</c>), or a file or folder on this machine, whose path begins with a
/// dot or a slash or ends as a data file's does.
/// </summary>
internal static partial class DatasetReader
{
    private static readonly Dictionary<string, DataFormat> Formats = new()
    {
        ["csv"] = DataFormat.Csv,
        ["json"] = DataFormat.Json,
        ["parquet"] = DataFormat.Parquet,
        ["text"] = DataFormat.Text,
    };

    /// <summary>Arguments of <c>load_dataset</c> that change no row.</summary>
    private static readonly string[] WithoutEffect =
        ["trust_remote_code", "revision", "streaming", "verification_mode", "download_mode", "keep_in_memory", "num_proc", "cache_dir"];

    private static readonly IReadOnlyList<string> ReaderOptions = [.. CsvOptions.Known.Union(JsonOptions.Known)];

    /// <param name="file">The task file.</param>
    /// <param name="task">The name of the task.</param>
    /// <param name="splits">The splits that the task reads.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: an argument is wrong or not known.</exception>
    internal static TaskDataset Read(TaskFile file, string task, IReadOnlyCollection<string> splits)
    {
        const string Path = "dataset_path", Arguments = "dataset_kwargs";
        string path = TaskReader.Text(file, Path) ?? throw file.Error(Path, $"task {task} has none; expected ORG/NAME, or a file");
        IReadOnlyDictionary<string, object?> arguments = TaskReader.Map(file, Arguments);
        try
        {
            TaskDataset dataset = Read(path, arguments, file.Folder(arguments.ContainsKey("data_files") ? Arguments : Path));
            return dataset.Files?.Patterns is { IsUnnamed: true } && splits.Distinct().Count() > 1
                ? throw new FormatException(
                    $"the files are given without splits, and the task reads {string.Join(" and ", splits.Distinct())}; "
                    + "expected data_files as a map from splits to files")
                : dataset;
        }
        catch (FormatException e)
        {
            throw file.Error(arguments.Count > 0 ? Arguments : Path, e.Message);
        }
    }

    private static TaskDataset Read(string path, IReadOnlyDictionary<string, object?> arguments, string? folder)
    {
        Dictionary<string, object?> options = new(arguments.Where(a => ReaderOptions.Contains(a.Key)));
        if (arguments.Keys.FirstOrDefault(k => !IsKnown(k)) is { } unknown)
        {
            throw new FormatException(
                unknown == "split"
                    ? "split is not supported: test_split, validation_split and training_split name the splits"
                    : $"{unknown} is not supported; known are data_files, data_dir, {string.Join(", ", ReaderOptions)}");
        }

        SplitPatterns? patterns = arguments.GetValueOrDefault("data_files") is { } files ? SplitPatterns.From(files) : null;
        string? directory = arguments.GetValueOrDefault("data_dir") switch
        {
            null => null,
            string text => text,
            _ => throw new FormatException("data_dir: expected the path of a folder"),
        };
        var said = new DataFiles { Folder = folder, Directory = directory, Patterns = patterns, Options = options };
        if (Formats.TryGetValue(path, out DataFormat format))
        {
            CheckOptions(format, options);
            return OfFormat(path, said with { Format = format, IsLocal = true });
        }

        if (IsLocalPath(path))
        {
            CheckOptions(DataFileKind.Of(path), options);
            return OfPath(path, said with { IsLocal = true });
        }

        if (IsAddress(path))
            throw Address(path);
        return new TaskDataset(path, patterns is null && directory is null && options.Count == 0 ? null : said with { Folder = null });
    }

    /// <summary>Reads options for nothing but their mistakes, which so are found before any file is opened.</summary>
    private static void CheckOptions(DataFormat? format, Dictionary<string, object?> options)
    {
        if (format == DataFormat.Csv)
            _ = CsvOptions.From(options);
        if (format == DataFormat.Json)
            _ = JsonOptions.From(options);
    }

    private static bool IsKnown(string argument) =>
        argument is "data_files" or "data_dir" || WithoutEffect.Contains(argument) || ReaderOptions.Contains(argument);

    private static bool IsLocalPath(string path) =>
        path.StartsWith('.') || path.StartsWith('~') || System.IO.Path.IsPathRooted(path)
        || (DataFileKind.Of(path) is not null && !IsAddress(path));

    private static TaskDataset OfFormat(string path, DataFiles files)
    {
        if (files.Patterns is not { } patterns)
        {
            return files.Directory is { } folder
                ? new TaskDataset(folder, files with { Directory = null })
                : throw new FormatException($"dataset_path {path} has no data_files; expected the files to read");
        }

        string[] all = [.. patterns.Splits.SelectMany(s => s.Patterns)];
        if (!all.Any(IsAddress))
            return new TaskDataset(path, files);
        string[] repositories =
            [.. all.Select(a => HubAddress().Match(a) is { Success: true } m ? m.Groups["name"].Value : throw Address(a)).Distinct()];
        if (repositories.Length > 1)
            throw new FormatException($"data_files names several repositories ({string.Join(", ", repositories)}); expected one");
        // Files of the hub are found in its cache or under --datasets, as those of any repository.
        return new TaskDataset(repositories[0], files with
        {
            IsLocal = false,
            Folder = null,
            Patterns = new SplitPatterns([.. patterns.Splits.Select(s => (s.Split, PathsOf(s.Patterns)))]),
        });
    }

    private static IReadOnlyList<string> PathsOf(IEnumerable<string> addresses) =>
        [.. addresses.Select(a => HubAddress().Match(a).Groups["path"].Value)];

    private static TaskDataset OfPath(string path, DataFiles files)
    {
        if (DataFileKind.Of(path) is null)
            return new TaskDataset(path, files);
        return files.Patterns is null && files.Directory is null
            ? new TaskDataset(path, files with { Patterns = new SplitPatterns([(null, [path])]) })
            : throw new FormatException($"dataset_path {path} is a file; expected no data_files and no data_dir beside it");
    }

    private static bool IsAddress(string path) => path.Contains("://", StringComparison.Ordinal);

    private static FormatException Address(string address) => new(
        HubAddress().IsMatch(address) ? $"{address}: expected dataset_path ORG/NAME, or this address in data_files"
        : address.StartsWith("hf://", StringComparison.Ordinal) || address.Contains("huggingface.co", StringComparison.Ordinal)
            ? $"{address}: expected hf://datasets/ORG/NAME/PATH of the main revision; fetch another one with '{Invocation.Command} fetch "
                + "dataset ORG/NAME@REVISION', and give the path of the file"
            : $"{address}: files are not read from the network; download it (for example with: curl -LO {address}) and give its path");

    [GeneratedRegex(
        @"\A(hf://datasets/(?<name>[^/@]+/[^/@]+)(@main)?/"
        + @"|https://huggingface\.co/datasets/(?<name>[^/@]+/[^/@]+)/(resolve|raw|blob)/main/)"
        + @"(?<path>.+?)(\?download=true)?\z")]
    private static partial Regex HubAddress();
}
