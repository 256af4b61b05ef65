using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>What this build's runtime is, without loading it.</summary>
public static class GenAiRuntime
{
    public static string Version { get; } = typeof(Model).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <summary>cpu, cuda or directml.</summary>
    public static string BuiltFor => Provider.BuiltFor;

    /// <summary>"nuget", or "npm" for the stand-ins of src/Compat.</summary>
    public static string PackageRoute => Provider.PackageRoute;

    /// <summary>How to get a build for another device.</summary>
    public static string Advice(string device) => Provider.Advice(device);
}
