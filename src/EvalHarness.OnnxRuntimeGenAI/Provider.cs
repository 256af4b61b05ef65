using System.Reflection;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>Execution providers by the device names of the command line.</summary>
internal static class Provider
{
    /// <summary>The flavour of the runtime package that this build has: cpu, cuda or directml.</summary>
    internal static string BuiltFor { get; } = typeof(Provider).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "Device").Value!;

    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: this build has another flavour.</exception>
    internal static void Select(Config config, string device)
    {
        // Whatever genai_config.json lists goes: the device is the one that was asked for, or none.
        config.ClearProviders();
        if (device == "cpu")
            return;
        if (BuiltFor != device)
            throw new EvalException(ExitCode.Model, $"--device {device}: this build has the {BuiltFor} runtime; {Advice(device)}");
        config.AppendProvider(device == "directml" ? "dml" : device);
    }

    internal static string Advice(string device) =>
        $"in a clone of EvalHarness, ./run-eval.sh run --device {device} builds for it ({(device == "cuda" ? "it needs CUDA 13 with cuDNN" : "on Windows")}); or use --device cpu";
}
