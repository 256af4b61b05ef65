using System.Runtime.InteropServices;

namespace EvalHarness.Cli.Processes;

/// <summary>
/// Standard output as a pipe. .NET drops what is written to a pipe whose reader has ended, and goes on without an error; a command that
/// prints much asks here whether it can stop.
/// </summary>
internal static partial class OutputPipe
{
    private const int StandardOutput = 1;

    /// <summary>Error, hung up, or no such descriptor; the same numbers on Linux and macOS.</summary>
    private const short Gone = 0x08 | 0x10 | 0x20;

    /// <summary>Whether the reader of standard output has ended, as <c>head</c> does. Never so on Windows, which does not tell.</summary>
    /// <param name="output">Where the command writes; anything else than standard output has no reader.</param>
    internal static bool IsClosed(TextWriter output)
    {
        if (OperatingSystem.IsWindows() || !ReferenceEquals(output, Console.Out))
            return false;
        var descriptor = new Descriptor { File = StandardOutput };
        return Poll(ref descriptor, 1, 0) > 0 && (descriptor.Returned & Gone) != 0;
    }

    /// <remarks>Source: poll(2), struct pollfd.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    private struct Descriptor
    {
        internal int File;
        internal short Asked;
        internal short Returned;
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref Descriptor descriptors, nuint count, int milliseconds);
}
