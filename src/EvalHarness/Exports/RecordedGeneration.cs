using System.Globalization;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Exports;

/// <summary>How the answers of a task, or of a group whose first task stands for it, were made.</summary>
internal static class RecordedGeneration
{
    public static RecordGeneration Of(ExportedRun run, ScoreRow row)
    {
        string task = run.FirstTask(row.Name);
        TaskConfig config = run.Run.Report.Config(task);
        RunOptions options = run.Run.Manifest.Options;
        var more = new OrderedDictionary<string, string>
        {
            ["answers"] = config.Generates ? "generated" : "log-likelihoods",
            ["seed"] = options.Seed,
            ["chat_template"] = options.ApplyChatTemplate ? options.ChatTemplateName ?? "default" : "none",
            ["prompts_too_long"] = options.Truncation,
        };
        if ((row.NumFewShot ?? run.Run.Report.Shots(task)) is { } shots)
            more["num_fewshot"] = shots.ToString(CultureInfo.InvariantCulture);
        if (options.SystemInstruction is { } system)
            more["system_instruction"] = system;
        IReadOnlyDictionary<string, object?>? given = config.Generates ? config.Generation : null;
        foreach ((string key, object? value) in given ?? new Dictionary<string, object?>())
        {
            if (key is not ("temperature" or "top_p" or "top_k") && !GenerationReader.IsLimit(key))
                more[key] = new FreeValue(value).ToString();
        }

        return new RecordGeneration
        {
            GenerationArgs = new RecordArguments
            {
                Temperature = !config.Generates ? null : config.DrawsSamples ? Number(given, "temperature") ?? 1 : 0,
                TopP = Number(given, "top_p"),
                TopK = Number(given, "top_k"),
                MaxTokens = run.Run.Report.Harness.Generation.GetValueOrDefault(task)?.Limit is > 0 and var limit ? limit : null,
                PromptTemplate = config.DocToText,
            },
            AdditionalDetails = more,
        };
    }

    private static double? Number(IReadOnlyDictionary<string, object?>? settings, string key) => settings?.GetValueOrDefault(key) switch
    {
        double number => number,
        long number => number,
        _ => null,
    };
}
