namespace EvalHarness.Files;

/// <summary>A file that one process holds as long as it lives, however it ends.</summary>
public static class FileLock
{
    /// <summary>What the system calls a file that another holds: EAGAIN of Linux, of macOS, and Windows' sharing violation.</summary>
    private static readonly int[] Held = [11, 35, unchecked((int)0x80070020)];

    /// <param name="path">Made where it is not there.</param>
    /// <param name="keep">
    /// Leave it there when it is let go: where several wait for it, one might otherwise hold the removed file and another its successor.
    /// </param>
    /// <returns>To be disposed; null where another process, or another part of this one, holds it.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the folder is not writable.</exception>
    public static FileStream? Take(string path, bool keep)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, keep ? FileOptions.None : FileOptions.DeleteOnClose);
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
