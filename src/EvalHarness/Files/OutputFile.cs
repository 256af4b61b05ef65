namespace EvalHarness.Files;

/// <summary>Writes result files atomically: a reader sees either the complete file or no file.</summary>
internal static class OutputFile
{
    /// <summary>Writes a temporary file next to <paramref name="path"/>, flushes it to the disk and renames it.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the folder is read-only or the disk is full.</exception>
    public static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        string temporary = path + ".tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (FileStream stream = File.Create(temporary))
            {
                await write(stream).ConfigureAwait(false);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (Cause(e) is { } cause)
        {
            throw Failed(path, cause);
        }
    }

    /// <summary>The file-system exception behind <paramref name="e"/>, because Parquet.Net wraps such exceptions in its own.</summary>
    private static Exception? Cause(Exception e) =>
        e is IOException or UnauthorizedAccessException ? e : e.InnerException is { } inner ? Cause(inner) : null;

    internal static EvalException Failed(string path, Exception e) =>
        new(
            ExitCode.Output,
            $"{path}: cannot be written: {e.Message.TrimEnd('.')}; "
            + (e is UnauthorizedAccessException ? "make the folder writable" : "free space")
            + ", or write to another folder (a run that has begun can be resumed)",
            e);
}
