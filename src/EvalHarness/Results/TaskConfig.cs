namespace EvalHarness.Results;

/// <summary>What a run's task file says of how answers were made, as results.json keeps it.</summary>
/// <param name="written">The file's keys and values; null where the run was imported, which keeps no task files.</param>
public sealed class TaskConfig(FreeValue written)
{
    private readonly IReadOnlyDictionary<string, object?>? _keys = written.Value as IReadOnlyDictionary<string, object?>;

    /// <summary>The dataset as the task names it; null where the run was imported.</summary>
    public string? DatasetPath => Text(_keys, "dataset_path");

    /// <summary>Whether the model writes its answers; else it is asked for log-likelihoods.</summary>
    public bool Generates => Text(_keys, "output_type") is null or "generate_until";

    /// <summary>Whether completions are drawn at random; else each token is the likeliest.</summary>
    public bool DrawsSamples => Generation?.GetValueOrDefault("do_sample") is true;

    /// <summary>The most tokens that a completion may have, as written; null where the file does not say.</summary>
    public string? MaxTokens => Text(Generation, "max_gen_toks");

    private IReadOnlyDictionary<string, object?>? Generation =>
        _keys?.GetValueOrDefault("generation_kwargs") as IReadOnlyDictionary<string, object?>;

    /// <summary>The definition as written, with the number of shots in effect. What a function reference names is shown as text.</summary>
    internal static FreeValue Written(TaskResult task) =>
        new(new OrderedDictionary<string, object?>(task.Task.Config) { ["num_fewshot"] = (long)task.Run.NumFewShot });

    private static string? Text(IReadOnlyDictionary<string, object?>? keys, string key) =>
        keys?.GetValueOrDefault(key) is { } value ? new FreeValue(value).ToString() : null;
}
