using System.Globalization;
using EvalHarness.Files;
using YamlDotNet.Core;

namespace EvalHarness.Data;

/// <summary>What the front matter of a dataset's README.md says of its configurations and their files.</summary>
/// <param name="Configs">The configurations in their order; none if the README names none.</param>
internal sealed record DatasetCard(IReadOnlyList<CardConfig> Configs)
{
    internal const string FileName = "README.md";

    /// <summary>The keys that say nothing of how files are read.</summary>
    private static readonly HashSet<string> Ignored = ["config_name", "data_files", "data_dir", "default", "description", "version"];

    /// <param name="text">The content of README.md.</param>
    /// <param name="file">The path of the file, for messages.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: the front matter is not valid.</exception>
    internal static DatasetCard Read(string text, string file)
    {
        string[] lines = text.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n');
        int end = Array.IndexOf(lines, "---", 1);
        if (lines[0] != "---" || end < 0)
            return new DatasetCard([]);
        try
        {
            object? configs = YamlReader.Read(string.Join('\n', lines[1..end]), file, "")
                .SelectMany(d => d.Keys).FirstOrDefault(k => k.Key == "configs").Value;
            return new DatasetCard(configs is IReadOnlyList<object?> list ? [.. list.Select(Config)] : []);
        }
        catch (Exception e) when (e is YamlException or FormatException or EvalException)
        {
            throw new EvalException(
                ExitCode.Data, $"{file}: the front matter, which names configurations and their files, is not valid: {e.Message}", e);
        }
    }

    private static CardConfig Config(object? entry)
    {
        if (entry is not IReadOnlyDictionary<string, object?> map || !map.TryGetValue("config_name", out object? name))
            throw new FormatException("configs: every entry has a config_name");
        return new CardConfig
        {
            Name = Convert.ToString(name, CultureInfo.InvariantCulture) ?? "",
            IsDefault = map.GetValueOrDefault("default") is true or "true",
            Patterns = map.GetValueOrDefault("data_files") is { } files ? SplitPatterns.From(files) : null,
            Directory = map.GetValueOrDefault("data_dir") as string,
            Options = map.Where(m => !Ignored.Contains(m.Key)).ToDictionary(m => m.Key, m => m.Value),
        };
    }

    /// <summary>The names of the configurations, for messages.</summary>
    internal string Names => string.Join(", ", Configs.Select(c => c.Name));

    /// <summary>
    /// The configuration that a task reads which names none: the only one, the one called <c>default</c>, or the one marked as the default.
    /// </summary>
    /// <returns>Null if there are several and none is the default.</returns>
    internal CardConfig? Default => Configs is [var only]
        ? only
        : Configs.Where(c => c.IsDefault || c.Name == "default").ToList() is [var one] ? one : null;
}

/// <summary>A configuration of a dataset, as its README describes it.</summary>
internal sealed record CardConfig
{
    public required string Name { get; init; }

    public bool IsDefault { get; init; }

    public SplitPatterns? Patterns { get; init; }

    public string? Directory { get; init; }

    /// <summary>Options of the reader, such as <c>sep</c>.</summary>
    public IReadOnlyDictionary<string, object?> Options { get; init; } = new Dictionary<string, object?>();
}
