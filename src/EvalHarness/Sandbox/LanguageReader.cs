using System.Reflection;
using EvalHarness.Files;
using YamlDotNet.Core;

namespace EvalHarness.Sandbox;

/// <summary>Finds a built-in language by its name or alias, or reads a language from a YAML file.</summary>
internal static class LanguageReader
{
    public const string Default = "python";

    private const string Folder = "languages/";

    private static readonly string[] Keys =
        ["language", "aliases", "program", "files", "command", "candidate", "prepare", "version", "environment", "needs_proc", "limits"];

    private static readonly Lazy<IReadOnlyList<Language>> BuiltIn = new(() =>
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(n => n.StartsWith(Folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Where(n => n.EndsWith(".yaml", StringComparison.Ordinal))
            .Select(n => Read(Resource(n), n, file => Resource(Folder + file))),
    ]);

    /// <param name="name">The name or alias of a language, or the path of a YAML file.</param>
    /// <param name="where">The place that names the language, to start error messages with.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: there is no such language, or its file is invalid.</exception>
    public static Language Get(string name, string where)
    {
        if (BuiltIn.Value.FirstOrDefault(l => l.Name == name || l.Aliases.Contains(name)) is { } language)
            return language;
        return File.Exists(name)
            ? Read(File.ReadAllText(name), name, file => File.ReadAllText(Path.Combine(Path.GetDirectoryName(name) ?? "", file)))
            : throw new EvalException(
                ExitCode.Task,
                $"{where}: there is no language '{name}'; known are {string.Join(", ", BuiltIn.Value.Select(l => l.Name))}, "
                + "or the path of a YAML file such as src/EvalHarness/Sandbox/Languages/javascript.yaml");
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    private static Language Read(string text, string source, Func<string, string> readFile)
    {
        EvalException Wrong(string problem) => new(ExitCode.Task, $"{source}: {problem}");
        Dictionary<string, object?> values;
        try
        {
            values = YamlReader.Read(text, source, "").SelectMany(d => d.Keys).ToDictionary(k => k.Key, k => k.Value);
        }
        catch (YamlException e)
        {
            throw Wrong($"line {e.Start.Line}: not YAML: {e.Message}");
        }

        if (values.Keys.FirstOrDefault(k => !Keys.Contains(k)) is { } unknown)
            throw Wrong($"no such key '{unknown}'; known are {string.Join(", ", Keys)}");
        var keys = new LanguageKeys(values, "", Wrong, readFile);
        var language = new Language
        {
            Name = keys.Text("language"),
            Aliases = keys.List("aliases"),
            Files = keys.Files("files"),
            Command = keys.List("command"),
            Candidate = keys.Command("candidate"),
            Prepare = keys.Command("prepare"),
            Version = keys.List("version"),
            Environment = keys.Texts("environment"),
            NeedsProc = values.GetValueOrDefault("needs_proc") is true,
            Limits = Limits(keys.Map("limits"), Wrong),
        };
        if (values.ContainsKey("program"))
            language = language with { Program = keys.Text("program") };
        return language.Command.Count > 0 || language.Program == new Language { Name = "" }.Program
            ? language
            : throw Wrong("program: without a command, Python runs the answer and the tests in two processes; leave out this key");
    }

    private static ProgramLimits Limits(IReadOnlyDictionary<string, object?> map, Func<string, EvalException> wrong)
    {
        var limits = new ProgramLimits();
        foreach ((string key, object? value) in map)
        {
            int whole = WholeNumber.From(value)
                ?? throw wrong($"limits: {key}: found {value ?? "nothing"}; expected {WholeNumber.Expected()}");
            long number = whole;
            limits = key switch
            {
                "seconds" => limits with { ProcessorTime = TimeSpan.FromSeconds(number), WallTime = TimeSpan.FromSeconds(number) },
                "memory_mib" => limits with { Memory = number << 20 },
                "total_memory_mib" => limits with { TotalMemory = number << 20 },
                "processes" => limits with { Processes = whole },
                "disk_mib" => limits with { Disk = number << 20 },
                _ => throw wrong(
                    $"limits: no such key '{key}'; "
                    + "known are seconds, memory_mib (of one process, 0 for no limit), total_memory_mib, processes, disk_mib"),
            };
        }

        return limits;
    }
}
