namespace EvalHarness.Files;

/// <summary>Writes result files atomically: a reader sees either the complete file or no file.</summary>
internal static class OutputFile
{
    /// <summary>
    /// Writes a temporary file next to <paramref name="path"/>, flushes it to the disk and renames it, or removes it if something fails.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the folder is read-only or the disk is full.</exception>
    public static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        var file = OutputStream.Create(path);
        await using (file.ConfigureAwait(false))
        {
            await file.WriteAsync(() => write(file.File)).ConfigureAwait(false);
            await file.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Checks that a file could be written, without leaving anything behind.</summary>
    /// <param name="path">The file, in a folder that may not be there yet.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: it is a folder, or cannot be created.</exception>
    public static void RequireWritable(string path)
    {
        if (path.Length == 0)
            throw new EvalException(ExitCode.Output, "the name of the file is empty");
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw new EvalException(ExitCode.Output, $"{path}: is a folder; expected the name of a file");
        string folder = Path.GetDirectoryName(full)!;
        while (!Directory.Exists(folder) && !File.Exists(folder) && Path.GetDirectoryName(folder) is { } parent)
            folder = parent;
        if (File.Exists(folder))
            throw new EvalException(ExitCode.Output, $"{path}: cannot be written: {folder} is a file; expected a folder");
        try
        {
            using FileStream probe = new(
                Path.Combine(folder, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1,
                FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(path, e);
        }
    }

    /// <summary>The file-system exception behind <paramref name="e"/>, because Parquet.Net wraps such exceptions in its own.</summary>
    internal static Exception? Cause(Exception e) =>
        e is IOException or UnauthorizedAccessException ? e : e.InnerException is { } inner ? Cause(inner) : null;

    internal static EvalException Failed(string path, Exception e) =>
        new(
            ExitCode.Output,
            $"{path}: cannot be written: {e.Message.TrimEnd('.')}; "
            + (e is UnauthorizedAccessException ? "make the folder writable" : "free space")
            + ", or write to another folder (a run that has begun can be resumed)",
            e);
}
