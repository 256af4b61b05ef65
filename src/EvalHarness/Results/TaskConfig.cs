using EvalHarness.Tasks;

namespace EvalHarness.Results;

/// <summary>What a run's task file says of how answers were made, as results.json keeps it.</summary>
/// <param name="written">The file's keys and values; null where the run was imported, which keeps no task files.</param>
public sealed class TaskConfig(FreeValue written)
{
    private readonly IReadOnlyDictionary<string, object?>? _keys = written.Value as IReadOnlyDictionary<string, object?>;

    /// <summary>The dataset as the task names it; null where the run was imported.</summary>
    public string? DatasetPath => Text(_keys, "dataset_path");

    /// <summary>The dataset's configuration; null where the task names none.</summary>
    public string? DatasetName => Text(_keys, "dataset_name");

    /// <summary>The split that is evaluated; null where the run was imported.</summary>
    public string? EvaluatedSplit => Text(_keys, "test_split") ?? Text(_keys, "validation_split");

    /// <summary>The template of prompts, or the name of the function that makes them; null where the run was imported.</summary>
    public string? DocToText => Text(_keys, "doc_to_text");

    /// <summary>What stands between a prompt and what is scored after it.</summary>
    public string TargetDelimiter => Text(_keys, "target_delimiter") ?? " ";

    /// <summary>Whether the model writes its answers; else it is asked for log-likelihoods.</summary>
    public bool Generates => Text(_keys, "output_type") is null or "generate_until";

    /// <summary>Whether completions are drawn at random; else each token is the likeliest.</summary>
    public bool DrawsSamples => Generation?.GetValueOrDefault("do_sample") is true;

    /// <summary>The most tokens that a completion may have, as written; null where the file does not say.</summary>
    public string? MaxTokens => GenerationReader.LimitOf(Generation) is { } limit ? new FreeValue(limit).ToString() : null;

    /// <summary>The settings of generation as written; null where the file has none.</summary>
    internal IReadOnlyDictionary<string, object?>? Generation =>
        _keys?.GetValueOrDefault("generation_kwargs") as IReadOnlyDictionary<string, object?>;

    /// <summary>What lm-evaluation-harness writes of a task whose file does not say.</summary>
    /// <remarks>Source: TaskConfig in its config/task.py.</remarks>
    private static readonly (string Key, object Value)[] Defaults =
    [
        ("output_type", "generate_until"),
        ("description", ""),
        ("target_delimiter", " "),
        ("fewshot_delimiter", "\n\n"),
        ("should_decontaminate", false),
    ];

    /// <summary>
    /// The definition as written, with the number of shots in effect and the defaults that programs look for. What a function reference
    /// names is shown as text.
    /// </summary>
    internal static FreeValue Written(TaskResult task)
    {
        var written = new OrderedDictionary<string, object?>(task.Task.Config) { ["num_fewshot"] = (long)task.Run.NumFewShot };
        foreach ((string key, object value) in Defaults)
            written.TryAdd(key, value);
        written.TryAdd("unsafe_code", task.Task.RunsCode);
        return new FreeValue(written);
    }

    private static string? Text(IReadOnlyDictionary<string, object?>? keys, string key) =>
        keys?.GetValueOrDefault(key) is { } value ? new FreeValue(value).ToString() : null;
}
