using System.Runtime.InteropServices;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>The versions of the native libraries that this build uses, and the device they are for.</summary>
internal static partial class GenAiRuntime
{
    /// <summary>
    /// The version of the ONNX Runtime GenAI package. It is read from the program's dependencies, because the managed assembly of 0.18.0
    /// says 0.0.0.0 and the native library does not tell its version.
    /// </summary>
    public static string Version { get; } = InstalledPackage.Version(
        "Microsoft.ML.OnnxRuntimeGenAI",
        "Microsoft.ML.OnnxRuntimeGenAI.Cuda",
        "Microsoft.ML.OnnxRuntimeGenAI.WinML");

    /// <summary>The device that this build's runtime package is for: cpu, cuda or directml.</summary>
    public static string BuiltFor => Provider.BuiltFor;

    /// <summary>A phrase for messages that tells the user how to get a build for a device.</summary>
    public static string Advice(string device) => Provider.Advice(device);

    /// <summary>The version of the native ONNX Runtime library, which the managed API does not expose.</summary>
    public static string OnnxRuntimeVersion
    {
        get
        {
            Telemetry.SwitchOff();
            unsafe
            {
                // OrtApiBase (onnxruntime_c_api.h) holds two function pointers: GetApi, then GetVersionString.
                var getVersion = (delegate* unmanaged<nint>)((nint*)GetApiBase())[1];
                return Marshal.PtrToStringUTF8(getVersion()) ?? "unknown";
            }
        }
    }

    [LibraryImport("onnxruntime", EntryPoint = "OrtGetApiBase")]
    private static partial nint GetApiBase();
}
