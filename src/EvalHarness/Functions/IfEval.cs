namespace EvalHarness.Functions;

internal static class IfEval
{
    internal static Dictionary<string, TaskFunction> Functions { get; } = [];
}
