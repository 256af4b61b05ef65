using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>mbpp/utils.py: the first fenced block of an instruct model's answer.</summary>
internal static class Mbpp
{
    /// <summary>The prompt's end already opened a fence.</summary>
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
