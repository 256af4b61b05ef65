using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>
/// Switches the native libraries' telemetry off. It is on by default, caches to a folder under the user's cache and posts to
/// the vendor; the managed switch alone comes too late for the first events. The native libraries read the C environment, which
/// .NET's own SetEnvironmentVariable does not reach on Unix.
/// </summary>
internal static partial class Telemetry
{
    private const string Variable = "ORT_DISABLE_TELEMETRY";

    private static readonly Lazy<bool> Off = new(() =>
    {
        Environment.SetEnvironmentVariable(Variable, "1");
        if (OperatingSystem.IsWindows())
            _ = PutEnvironmentWindows(Variable, "1");
        else
            _ = SetEnvironmentUnix(Variable, "1", overwrite: 1);
        Utils.DisableTelemetryEvents();
        return true;
    });

    /// <summary>Must run before anything else of the native libraries.</summary>
    internal static void SwitchOff() => _ = Off.Value;

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentUnix(string name, string value, int overwrite);

    [LibraryImport("ucrtbase", EntryPoint = "_putenv_s", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int PutEnvironmentWindows(string name, string value);
}
