using System.Runtime.InteropServices;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>What this build's runtime is.</summary>
public static partial class GenAiRuntime
{
    /// <summary>
    /// Of the native package: the managed assembly of 0.18.0 says 0.0.0.0 in every field, and the native library tells no version.
    /// </summary>
    public static string Version { get; } =
        InstalledPackage.Version("Microsoft.ML.OnnxRuntimeGenAI", "Microsoft.ML.OnnxRuntimeGenAI.Cuda", "Microsoft.ML.OnnxRuntimeGenAI.WinML");

    /// <summary>cpu, cuda or directml.</summary>
    public static string BuiltFor => Provider.BuiltFor;

    /// <summary>How to get a build for another device.</summary>
    public static string Advice(string device) => Provider.Advice(device);

    /// <summary>Of the native library that does the work, which the managed API does not tell.</summary>
    public static string OnnxRuntimeVersion
    {
        get
        {
            Telemetry.SwitchOff();
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
