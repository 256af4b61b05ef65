using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>Equivalents of mbpp/utils.py, which extract the first fenced block from an instruct model's answer.</summary>
internal static class Mbpp
{
    /// <summary>The fence that the end of the prompt opens, so that it is missing in the answer.</summary>
    private const string Fence = "```";

    private static readonly Regex Block = PythonRegex.Compile(@"```(?:\w+)?\n?(.*?)\n?```", "mbpp/utils.py", RegexOptions.Singleline);

    internal static Dictionary<string, TaskFunction> Functions { get; } = new()
    {
        ["mbpp/utils.build_predictions"] = new AnswersFunction(_ => (responses, _) => [.. responses.Select(FirstBlock)]),
        ["mbpp/utils.pass_at_1"] = new MetricFunction("code_execution"),
    };

    private static string FirstBlock(string text)
    {
        List<string[]> blocks = PythonRegex.FindAll(Block, Fence + text);
        if (blocks.Count == 0)
            blocks = PythonRegex.FindAll(Block, text.Replace("```python", Fence, StringComparison.Ordinal));
        return blocks.Count == 0 ? "" : blocks[0][0];
    }
}
