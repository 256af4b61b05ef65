using Microsoft.Win32.SafeHandles;

namespace EvalHarness.Files;

/// <summary>
/// A temporary file without a name: nothing is left of it, however the process ends. On Windows its name is there until it is closed.
/// </summary>
/// <param name="file">The open file, without a buffer. It is closed with this object.</param>
/// <param name="folder">The folder that it takes space in, for messages.</param>
internal sealed class ScratchFile(FileStream file, string folder) : IDisposable
{
    /// <summary>
    /// The folder of temporary files: that of the variable TMPDIR; else /var/tmp, because /tmp is often in memory; else the system's.
    /// </summary>
    internal static string Folder => Environment.GetEnvironmentVariable("TMPDIR") is { Length: > 0 } chosen
        ? chosen
        : !OperatingSystem.IsWindows() && Directory.Exists("/var/tmp") ? "/var/tmp" : Path.GetTempPath();

    internal SafeFileHandle Handle => file.SafeFileHandle;

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: no file can be made in the folder.</exception>
    internal static ScratchFile Create(string folder)
    {
        string path = Path.Combine(folder, $"evalharness-{Path.GetRandomFileName()}");
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.Delete,
                BufferSize = 0,
            };
            if (OperatingSystem.IsWindows())
                options.Options = FileOptions.DeleteOnClose;
            else
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            var file = new ScratchFile(new FileStream(path, options), folder);
            if (!OperatingSystem.IsWindows())
                File.Delete(path);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(folder, "made", e);
        }
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the disk is full.</exception>
    internal void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(file.SafeFileHandle, bytes, offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(folder, "written", e);
        }
    }

    /// <summary>Reads bytes that have been written.</summary>
    /// <returns>How many there are: as many as asked for, unless the file ends before.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the disk fails.</exception>
    internal int Read(Span<byte> bytes, long offset)
    {
        try
        {
            int read = 0;
            while (read < bytes.Length && RandomAccess.Read(file.SafeFileHandle, bytes[read..], offset + read) is > 0 and var more)
                read += more;
            return read;
        }
        catch (IOException e)
        {
            throw Failed(folder, "read", e);
        }
    }

    public void Dispose() => file.Dispose();

    private static EvalException Failed(string folder, string what, Exception e) => new(
        ExitCode.Output,
        $"{folder}: a temporary file cannot be {what} there: {e.Message.TrimEnd('.')}; free space in this "
        + "folder, or set the environment variable TMPDIR to another one (a run that has begun can be resumed)",
        e);
}
