using System.Runtime.InteropServices;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>
/// Switches off the telemetry of the native libraries, which is on by default, writes to a folder in the user's cache and posts to the
/// vendor. The runtime's Utils.DisableTelemetryEvents does not stop that. A variable in the environment of the C library does, and
/// .NET's Environment.SetEnvironmentVariable does not change that environment on Unix.
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
        return true;
    });

    /// <summary>Must be called before anything else in the native libraries is.</summary>
    internal static void SwitchOff() => _ = Off.Value;

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentUnix(string name, string value, int overwrite);

    [LibraryImport("ucrtbase", EntryPoint = "_putenv_s", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int PutEnvironmentWindows(string name, string value);
}
