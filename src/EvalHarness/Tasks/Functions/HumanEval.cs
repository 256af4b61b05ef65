namespace EvalHarness.Tasks.Functions;

/// <summary>humaneval/utils.py: the prompt before each completion, of instruct models only what stands before a closing fence.</summary>
internal static class HumanEval
{
    internal static Dictionary<string, TaskFunction> Functions { get; } = new()
    {
        ["humaneval/utils.build_predictions"] = Completing(response => response),
        ["humaneval/utils.build_predictions_instruct"] = Completing(response => response.IndexOf("```", StringComparison.Ordinal) is >= 0 and var fence ? response[..fence] : response),
        ["humaneval/utils.pass_at_k"] = new MetricFunction("code_execution"),
    };

    private static AnswersFunction Completing(Func<string, string> cut) => new(_ => (responses, document) =>
    {
        string prompt = document.Text("prompt");
        return [.. responses.Select(response => prompt + cut(response))];
    });
}
