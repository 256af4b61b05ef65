using EvalHarness.Tasks;

namespace EvalHarness.Tests.Analysis.Published;

/// <summary>
/// What a task of lm-evaluation-harness gives that protocols run and that is not built in, in facts: its files are not copied. They are
/// those of commit 4e7e0d4, and <see cref="ProtocolTests"/> compares them with the files where LMEVAL_TASKS names their folder.
/// </summary>
/// <param name="Name">The task or group.</param>
/// <param name="Output">How it asks.</param>
/// <param name="Metric">Its metric.</param>
/// <param name="Filters">Its filters, separated by spaces.</param>
/// <param name="Limit">The limit of tokens of its file; null where nothing is generated.</param>
/// <param name="ListsExamples">Whether its shots stand in its file, and are not drawn from a split.</param>
internal sealed record ReferenceTask(
    string Name, OutputType Output, string Metric, string Filters, int? Limit = null, bool ListsExamples = false)
{
    internal static IReadOnlyList<ReferenceTask> All { get; } =
    [
        new("mmlu_generative", OutputType.GenerateUntil, "exact_match", "get_response", 256),
        new("mmlu_llama", OutputType.GenerateUntil, "exact_match", "strict_match", 10),
        new("mmlu_cot_llama", OutputType.GenerateUntil, "exact_match", "strict_match", 1024),
        new("mmlu_pro_llama", OutputType.GenerateUntil, "exact_match", "strict_match", 1024),
        new("mmlu_pro", OutputType.GenerateUntil, "exact_match", "custom-extract", 2048),
        new("leaderboard_mmlu_pro", OutputType.MultipleChoice, "acc", "none"),
        new("gsm8k_llama", OutputType.GenerateUntil, "exact_match", "strict_match flexible_extract", 1024, ListsExamples: true),
        new("gsm8k_cot_zeroshot", OutputType.GenerateUntil, "exact_match", "strict-match flexible-extract", 256),
        new("humaneval_instruct", OutputType.GenerateUntil, "pass@1", "create_test", 1024),
    ];

    /// <summary>The same of a definition that was read.</summary>
    internal static ReferenceTask Of(string name, TaskDefinition task, string metric)
    {
        bool generates = task.OutputType == OutputType.GenerateUntil;
        return new ReferenceTask(
            name,
            task.OutputType,
            task.MayGive(metric) ? metric : string.Join(' ', task.Metrics.Select(m => m.Name)),
            string.Join(' ', task.FiltersInEffect.Select(f => f.Name)),
            generates ? task.Generation.MaxTokens : null,
            task.FewShot.Samples is not null);
    }
}
