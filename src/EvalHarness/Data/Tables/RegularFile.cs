using System.Runtime.InteropServices;

namespace EvalHarness.Data.Tables;

/// <summary>
/// Opens data files, and refuses what is no file with an end: opening a named pipe waits for someone to write into it, and a device such
/// as <c>/dev/zero</c> never ends.
/// </summary>
internal static partial class RegularFile
{
    private const int TypeMask = 0xF000, Regular = 0x8000;

    /// <summary>Where the mode stands in what the call gives, and more bytes than it writes.</summary>
    private const int Mode = 1, Words = 64;

    /// <exception cref="IOException">It is not there, or it is no regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    internal static FileStream Open(string file)
    {
        Check(file);
        return File.OpenRead(file);
    }

    /// <inheritdoc cref="Open"/>
    internal static string ReadText(string file)
    {
        Check(file);
        return File.ReadAllText(file);
    }

    private static void Check(string file)
    {
        if (Directory.Exists(file))
            throw new IOException("it is a folder; expected a file");
        if (OperatingSystem.IsWindows())
            return;
        int[] status = new int[Words];
        if (Stat(file, status) == 0 && (status[Mode] & TypeMask) != Regular)
            throw new IOException("it is a pipe or a device; expected a regular file, so copy its content into one");
    }

    /// <summary>
    /// The status of a file, links followed. .NET does not tell a pipe or a device from a file without opening it, and the C library's
    /// struct stat is laid out differently on every system; .NET's own library puts the flags and the mode first on all of them.
    /// </summary>
    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, [Out] int[] status);
}
