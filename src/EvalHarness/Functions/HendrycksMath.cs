namespace EvalHarness.Functions;

internal static class HendrycksMath
{
    internal static Dictionary<string, TaskFunction> Functions { get; } = [];
}
