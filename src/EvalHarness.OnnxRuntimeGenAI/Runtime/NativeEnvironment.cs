using System.Runtime.InteropServices;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>
/// The environment of the C library, which native libraries read. .NET's Environment.SetEnvironmentVariable does not change it on Unix.
/// </summary>
internal static partial class NativeEnvironment
{
    /// <summary>Sets a variable for this process, here and in the C library, and for the processes that it starts.</summary>
    internal static void Set(string name, string value)
    {
        Environment.SetEnvironmentVariable(name, value);
        if (OperatingSystem.IsWindows())
            _ = PutEnvironmentWindows(name, value);
        else
            _ = SetEnvironmentUnix(name, value, overwrite: 1);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentUnix(string name, string value, int overwrite);

    [LibraryImport("ucrtbase", EntryPoint = "_putenv_s", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int PutEnvironmentWindows(string name, string value);
}
