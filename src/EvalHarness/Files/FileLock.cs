namespace EvalHarness.Files;

/// <summary>A lock file. The system releases it when the process that holds it ends, even if it crashes.</summary>
internal static class FileLock
{
    /// <summary>Error codes for a locked file: EAGAIN on Linux, EAGAIN on macOS, ERROR_SHARING_VIOLATION on Windows.</summary>
    private static readonly int[] Held = [11, 35, unchecked((int)0x80070020)];

    /// <summary>Tries once to take the lock, without waiting for it.</summary>
    /// <param name="path">The lock file, which is created if it does not exist.</param>
    /// <param name="keep">
    /// Whether the file stays when the lock is released. It must stay if several processes wait for it: otherwise one of them could
    /// lock the deleted file while another locks the file created in its place.
    /// </param>
    /// <returns>The lock, released when it is disposed, or null if another process or another part of this one holds it.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the file cannot be written.</exception>
    public static FileStream? Take(string path, bool keep)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            FileOptions options = keep ? FileOptions.None : FileOptions.DeleteOnClose;
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, options);
        }
        catch (IOException e) when (Held.Contains(e.HResult))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OutputFile.Failed(path, e);
        }
    }
}
