using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>What this build's runtime is, without loading it.</summary>
public static partial class GenAiRuntime
{
    public static string Version { get; } = typeof(Model).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <summary>cpu, cuda or directml.</summary>
    public static string BuiltFor => Provider.BuiltFor;

    /// <summary>"nuget", or "npm" for the stand-ins of src/Compat.</summary>
    public static string PackageRoute => Provider.PackageRoute;

    /// <summary>How to get a build for another device.</summary>
    public static string Advice(string device) => Provider.Advice(device);

    /// <summary>Of the native library that does the work, which the managed API does not tell.</summary>
    public static string OnnxRuntimeVersion
    {
        get
        {
            unsafe
            {
                // OrtApiBase (onnxruntime_c_api.h): GetApi, then GetVersionString.
                var getVersion = (delegate* unmanaged<nint>)((nint*)GetApiBase())[1];
                return Marshal.PtrToStringUTF8(getVersion()) ?? "unknown";
            }
        }
    }

    [LibraryImport("onnxruntime", EntryPoint = "OrtGetApiBase")]
    private static partial nint GetApiBase();
}
