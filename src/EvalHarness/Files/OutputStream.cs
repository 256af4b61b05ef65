namespace EvalHarness.Files;

/// <summary>
/// A file that is written piece by piece and takes its place when it is whole. Until then its content stands in a temporary file beside it,
/// which is removed if the object is disposed before.
/// </summary>
internal sealed class OutputStream : IAsyncDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly FileStream _file;
    private bool _isComplete;

    private OutputStream(string path, string temporary, FileStream file) => (_path, _temporary, _file) = (path, temporary, file);

    internal string Path => _path;

    internal Stream File => _file;

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the folder is read-only or the disk is full.</exception>
    internal static OutputStream Create(string path)
    {
        string temporary = path + ".tmp";
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            return new OutputStream(path, temporary, System.IO.File.Create(temporary));
        }
        catch (Exception e) when (OutputFile.Cause(e) is { } cause)
        {
            throw OutputFile.Failed(path, cause);
        }
    }

    /// <summary>Does one write to the file. What cannot be read for it says so itself.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the disk is full.</exception>
    internal async Task WriteAsync(Func<Task> write)
    {
        try
        {
            await write().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not EvalException && OutputFile.Cause(e) is { } cause)
        {
            throw OutputFile.Failed(_path, cause);
        }
    }

    /// <summary>Flushes the temporary file to the disk and renames it.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the disk is full, or the path is a folder.</exception>
    internal Task CompleteAsync() => WriteAsync(() =>
    {
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        System.IO.File.Move(_temporary, _path, overwrite: true);
        _isComplete = true;
        return Task.CompletedTask;
    });

    public async ValueTask DisposeAsync()
    {
        if (_isComplete)
            return;
        try
        {
            await _file.DisposeAsync().ConfigureAwait(false);
            System.IO.File.Delete(_temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is left is not taken for the file, and the next write of it replaces it.
        }
    }
}
