using System.Globalization;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks;

/// <summary>Reads the key generation_kwargs of a task file. An unknown key is an error, because it would change the scores.</summary>
internal static class GenerationReader
{
    /// <summary>The key of the limit of tokens.</summary>
    internal const string Limit = "max_gen_toks";

    private const string Key = "generation_kwargs";

    private static readonly string[] OtherLimits = ["max_new_tokens", "max_tokens", "max_completion_tokens"];

    /// <summary>Whether a key sets the limit of tokens: as in lm-evaluation-harness, other programs' names for it do too.</summary>
    internal static bool IsLimit(string key) => key == Limit || OtherLimits.Contains(key);

    /// <summary>The limit of tokens as written; null where there is none. Of several, the last counts.</summary>
    internal static object? LimitOf(IReadOnlyDictionary<string, object?>? settings) =>
        settings?.LastOrDefault(setting => IsLimit(setting.Key)).Value;

    internal static GenerationOptions Read(TaskFile file, string fewShotDelimiter) => Read(
        TaskReader.Map(file, Key), file, Key, new GenerationOptions { Until = [fewShotDelimiter] });

    /// <param name="settings">What is written; null for nothing.</param>
    /// <param name="file">Where it is written.</param>
    /// <param name="place">The key of the file below which it is written.</param>
    /// <param name="defaults">What holds where nothing is written.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: a key is unknown, or has a wrong value.</exception>
    internal static GenerationOptions Read(object? settings, TaskFile file, string place, GenerationOptions defaults)
    {
        if (settings is not (null or IReadOnlyDictionary<string, object?>))
            throw file.Error(place, $"{Key}: expected a map of keys");
        var written = settings as IReadOnlyDictionary<string, object?> ?? new Dictionary<string, object?>();
        GenerationOptions options = defaults;
        foreach ((string key, object? value) in written)
        {
            options = (key, value) switch
            {
                ("until", string one) => options with { Until = [one] },
                ("until", null) => options with { Until = [] },
                ("until", IReadOnlyList<object?> many) when many.All(stop => stop is string) =>
                    options with { Until = [.. many.Cast<string>()] },
                (_, long number and > 0 and <= int.MaxValue) when IsLimit(key) => options with { MaxTokens = (int)number },
                ("do_sample", bool flag) => options with { Sample = flag },
                ("temperature", long or double) when Number(value) is >= 0 and <= double.MaxValue =>
                    options with { Temperature = Number(value) },
                ("top_p", long or double) when Number(value) is >= 0 and <= 1 => options with { TopP = Number(value) },
                ("top_k", long number and >= -1 and <= int.MaxValue) => options with { TopK = (int)number },
                ("min_p", long or double) when Number(value) is >= 0 and <= 1 => options with { MinP = Number(value) },
                ("repetition_penalty", long or double) when Number(value) is > 0 and <= double.MaxValue =>
                    options with { RepetitionPenalty = Number(value) },
                // One beam is greedy decoding. Beam search is not supported.
                ("num_beams", 1L) => options,
                ("stop_sequences", IReadOnlyList<object?> { Count: 0 }) => options,
                _ => throw file.Error(
                    place,
                    $"{key}: {(value is null ? "null" : Python.Str(value))} is not supported; "
                    + "known are until, max_gen_toks (1 or more), do_sample (true or false), temperature (0 or more), "
                    + "top_p (0 to 1), top_k (0 or more), min_p (0 to 1), repetition_penalty (above 0)"),
            };
        }

        // As in lm-evaluation-harness, a temperature above 0 turns on sampling if do_sample is not given.
        return written.GetValueOrDefault("do_sample") is null && written.ContainsKey("temperature")
            ? options with { Sample = options.Temperature > 0 }
            : options;
    }

    private static double Number(object value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);
}
