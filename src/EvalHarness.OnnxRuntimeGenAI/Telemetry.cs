using System.Runtime.InteropServices;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>
/// Switches the native libraries' telemetry off. It is on by default, caches to a folder under the user's cache and posts to
/// the vendor. The runtime's own Utils.DisableTelemetryEvents changes nothing of that; a variable of the C environment does, which
/// .NET's SetEnvironmentVariable does not reach on Unix.
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

    /// <summary>Must run before anything else of the native libraries.</summary>
    internal static void SwitchOff() => _ = Off.Value;

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentUnix(string name, string value, int overwrite);

    [LibraryImport("ucrtbase", EntryPoint = "_putenv_s", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int PutEnvironmentWindows(string name, string value);
}
