using System.Text.Json;

namespace EvalHarness.Tasks;

/// <summary>
/// Settings of generation that the user gives for all tasks with <c>--gen-kwargs</c>, as lm-evaluation-harness has it:
/// <c>KEY=VALUE,KEY=VALUE</c>, or a JSON object. They win over a task's own <c>generation_kwargs</c>, key by key.
/// </summary>
internal static class GenerationSettings
{
    private const string Key = "generation_kwargs";

    /// <param name="text">The settings.</param>
    /// <param name="source">What gave them, for error messages.</param>
    /// <returns>The settings by key. The limit of tokens is <c>max_gen_toks</c>, by whichever of its names it was given.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: not of this form, or a key or value that no task could have.
    /// </exception>
    internal static IReadOnlyDictionary<string, object?> Parse(string text, string source = "--gen-kwargs")
    {
        OrderedDictionary<string, object?> settings = SettingsText.Parse(source, text, "do_sample=true,temperature=0.7");
        try
        {
            var file = new TaskFile(source);
            file.Add(Key, settings, source);
            _ = GenerationReader.Read(file, fewShotDelimiter: "");
            return Joined([], settings);
        }
        catch (EvalException e)
        {
            throw new EvalException(ExitCode.Usage, e.Message, e);
        }
    }

    /// <summary>Settings over others, key by key; the limit of tokens is one key, whatever its name.</summary>
    internal static OrderedDictionary<string, object?> Joined(
        IEnumerable<KeyValuePair<string, object?>> settings, IReadOnlyDictionary<string, object?> over)
    {
        bool hasLimit = over.Keys.Any(GenerationReader.IsLimit);
        var joined = new OrderedDictionary<string, object?>(settings.Where(s => !(hasLimit && GenerationReader.IsLimit(s.Key))));
        foreach ((string key, object? value) in over)
            joined[GenerationReader.IsLimit(key) ? GenerationReader.Limit : key] = value;
        return joined;
    }

    /// <summary>The settings as JSON with the keys in order, which <see cref="Parse"/> reads again.</summary>
    internal static string ToJson(IReadOnlyDictionary<string, object?> settings) =>
        JsonSerializer.Serialize(new SortedDictionary<string, object?>(settings.ToDictionary(), StringComparer.Ordinal));

    /// <summary>The task file with these settings over its own; a task that generates nothing stays as it is.</summary>
    /// <param name="file">The task file.</param>
    /// <param name="settings">Settings of <c>generation_kwargs</c>.</param>
    /// <param name="repeats">Completions of each document; null for the task's own number.</param>
    internal static TaskFile Over(TaskFile file, IReadOnlyDictionary<string, object?> settings, int? repeats = null)
    {
        if (file.Values.GetValueOrDefault("output_type") is not (null or "generate_until"))
            return file;
        if (repeats is { } number)
            file = file.With(new Dictionary<string, object?> { ["repeats"] = (long)number }, $"{file.Source} (with --repeats)");
        if (settings.Count == 0)
            return file;
        return file.With(
            new Dictionary<string, object?> { [Key] = Joined(TaskReader.Map(file, Key), settings) }, $"{file.Source} (with --gen-kwargs)");
    }
}
