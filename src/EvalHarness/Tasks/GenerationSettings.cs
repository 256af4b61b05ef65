using System.Text.Json;

namespace EvalHarness.Tasks;

/// <summary>
/// Settings of generation that the user gives for all tasks with <c>--gen-kwargs</c>, as lm-evaluation-harness has it:
/// <c>KEY=VALUE,KEY=VALUE</c>, or a JSON object. They win over a task's own <c>generation_kwargs</c>, key by key.
/// </summary>
internal static class GenerationSettings
{
    private const string Key = "generation_kwargs";

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: not of this form, or a key or value that no task could have.
    /// </exception>
    internal static IReadOnlyDictionary<string, object?> Parse(string text)
    {
        OrderedDictionary<string, object?> settings =
            SettingsText.Parse("--gen-kwargs", text, "do_sample=true,temperature=0.7");
        try
        {
            var file = new TaskFile("--gen-kwargs");
            file.Add(Key, settings, "--gen-kwargs");
            _ = GenerationReader.Read(file, fewShotDelimiter: "");
            return settings;
        }
        catch (EvalException e)
        {
            throw new EvalException(ExitCode.Usage, e.Message, e);
        }
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
        var merged = new OrderedDictionary<string, object?>(TaskReader.Map(file, Key));
        foreach ((string key, object? value) in settings)
            merged[key] = value;
        return file.With(new Dictionary<string, object?> { [Key] = merged }, $"{file.Source} (with --gen-kwargs)");
    }
}
