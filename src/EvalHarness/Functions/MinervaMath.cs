namespace EvalHarness.Functions;

internal static class MinervaMath
{
    internal static Dictionary<string, TaskFunction> Functions { get; } = [];
}
