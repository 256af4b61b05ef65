namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>
/// Switches off the telemetry of the native libraries, which is on by default, writes to a folder in the user's cache and posts to the
/// vendor. The runtime's Utils.DisableTelemetryEvents does not stop that. A variable in the environment of the C library does.
/// </summary>
internal static class Telemetry
{
    private static readonly Lazy<bool> Off = new(() =>
    {
        NativeEnvironment.Set("ORT_DISABLE_TELEMETRY", "1");
        return true;
    });

    /// <summary>Must be called before anything else in the native libraries is.</summary>
    internal static void SwitchOff() => _ = Off.Value;
}
