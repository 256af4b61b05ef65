using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Sandbox;

/// <summary>A test that runs programs in a sandbox with a tool; skipped, with a message, where one of them is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(string tool) => Skip = Missing(tool)!;

    internal static string? Missing(string tool) =>
        TestBackends.All.Count == 0 ? "needs a sandbox" : BoxBackend.Find(tool) is null ? $"needs {tool}" : null;
}

/// <summary>As <see cref="ToolFactAttribute"/>, with rows.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ToolTheoryAttribute : TheoryAttribute
{
    public ToolTheoryAttribute(string tool) => Skip = ToolFactAttribute.Missing(tool)!;
}
