namespace EvalHarness.Results;

/// <summary>A file that one process holds as long as it lives, however it ends.</summary>
public static class FileLock
{
    /// <param name="path">Made where it is not there, and removed when it is let go.</param>
    /// <returns>To be disposed; null where another process, or another part of this one, holds it.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the folder is not writable.</exception>
    public static FileStream? Take(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OutputFile.Failed(path, e);
        }
    }
}
