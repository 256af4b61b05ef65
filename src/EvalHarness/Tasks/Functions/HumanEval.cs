namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Equivalents of humaneval/utils.py, which put the prompt before each completion. Completions of instruct models are cut before a
/// closing fence.
/// </summary>
internal static class HumanEval
{
    internal static Dictionary<string, TaskFunction> Functions { get; } = new()
    {
        ["humaneval/utils.build_predictions"] = Completing(response => response),
        ["humaneval/utils.build_predictions_instruct"] = Completing(BeforeFence),
        ["humaneval/utils.pass_at_k"] = new MetricFunction("code_execution"),
    };

    private static string BeforeFence(string response) =>
        response.IndexOf("```", StringComparison.Ordinal) is >= 0 and var fence ? response[..fence] : response;

    private static AnswersFunction Completing(Func<string, string> cut) => new(_ => (responses, document) =>
    {
        string prompt = document.Text("prompt");
        return [.. responses.Select(response => prompt + cut(response))];
    });
}
