using EvalHarness.Files;

namespace EvalHarness.Results;

/// <summary>A run that is put together from others: it is written beside, and takes its place when it is whole.</summary>
public sealed partial class RunFolder
{
    private string StagingFolder => Path.Combine(FullPath, "merging");

    /// <summary>
    /// A folder for a run that is written whole or not at all, locked and without a run. What an earlier start left that was cut off is
    /// removed.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: not writable, in use, or a run or its files are in it.</exception>
    public static RunFolder CreateStaged(string path)
    {
        var folder = new RunFolder(path);
        folder.Lock();
        try
        {
            if (Directory.Exists(folder.StagingFolder))
            {
                // The manifest comes last: without it all that is there is what that start had put there already.
                if (!File.Exists(folder.ManifestFile))
                    Remove(folder.SamplesFolder, folder.JournalFile, folder.JudgeFile, folder.ResultsFile);
                Remove(folder.StagingFolder);
            }

            folder.RefuseFilesOfARun();
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Has the files of the run written, and takes them when all are there.</summary>
    /// <param name="write">Writes them into the folder that it is given.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: the disk is full. Other exceptions are those of the writer.
    /// </exception>
    public async Task<T> StageAsync<T>(Func<RunFolder, Task<T>> write)
    {
        bool isMoving = false;
        try
        {
            Directory.CreateDirectory(StagingFolder);
            var staging = new RunFolder(StagingFolder);
            T written = await write(staging).ConfigureAwait(false);
            isMoving = true;
            Directory.Move(staging.SamplesFolder, SamplesFolder);
            File.Move(staging.JournalFile, JournalFile);
            if (File.Exists(staging.JudgeFile))
                File.Move(staging.JudgeFile, JudgeFile);
            File.Move(staging.ResultsFile, ResultsFile);
            File.Move(staging.ManifestFile, ManifestFile, overwrite: true);
            isMoving = false;
            return written;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OutputFile.Failed(FullPath, e);
        }
        finally
        {
            // It says to the next start that files were being moved.
            if (!isMoving)
                Remove(StagingFolder);
        }
    }

    private static void Remove(params string[] paths)
    {
        try
        {
            foreach (string path in paths)
            {
                if (Directory.Exists(path))
                    Directory.Delete(path, recursive: true);
                File.Delete(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OutputFile.Failed(paths[0], e);
        }
    }
}
