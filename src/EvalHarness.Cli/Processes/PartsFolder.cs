using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>
/// The folder of a run in several processes. It holds <c>parts.json</c>, and a folder for each part in <c>parts</c>, until all parts are
/// computed and merged into it. It is locked until it is disposed.
/// </summary>
internal sealed class PartsFolder : IDisposable
{
    /// <summary>The most processes.</summary>
    internal const int Most = 64;

    private const string FileName = "parts.json";

    /// <summary>Keeps a second start away from the folder meanwhile.</summary>
    private readonly FileStream _held;

    /// <param name="Processes">The number of parts.</param>
    /// <param name="Device">As <c>--device</c> names it, with the numbers of several.</param>
    /// <param name="Options">Of the whole run.</param>
    private sealed record Plan(int Processes, string Device, RunOptions Options);

    private PartsFolder(string path, int count, RunOptions options, FileStream held) =>
        (Path, Count, Options, _held) = (path, count, options, held);

    /// <summary>As the user wrote it.</summary>
    internal string Path { get; }

    /// <summary>The number of parts.</summary>
    internal int Count { get; }

    /// <summary>Of the whole run.</summary>
    internal RunOptions Options { get; }

    /// <summary>The folder that holds those of the parts.</summary>
    internal string Parts => PartsOf(Path);

    /// <summary>Whether the run is computed and merged.</summary>
    internal bool IsMerged => IsFinished(Path);

    /// <summary>The parts that are not computed, from 1.</summary>
    internal IEnumerable<int> Missing => Enumerable.Range(1, Count).Where(part => !IsFinished(FolderOf(part)));

    internal static bool IsIn(string folder) => File.Exists(FileOf(folder));

    private static string FileOf(string folder) => System.IO.Path.Combine(folder, FileName);

    private static string PartsOf(string folder) => System.IO.Path.Combine(folder, RunFolder.PartsName);

    internal string FolderOf(int part) => System.IO.Path.Combine(Parts, $"{part}");

    /// <summary>Gets what the process of a part prints.</summary>
    internal string LogOf(int part) => System.IO.Path.Combine(Parts, $"{part}.log");

    /// <param name="folder">The run folder, which must hold no run.</param>
    /// <param name="options">Of the whole run.</param>
    /// <param name="processes">The number of parts.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: not writable, in use, or a run is in it.</exception>
    internal static async Task<PartsFolder> CreateAsync(string folder, RunOptions options, int processes)
    {
        FileStream held = Lock(folder);
        try
        {
            RemoveIdle(folder);
            // Refuses a folder that holds a run.
            RunFolder.Create(folder).Dispose();
            var plan = new Plan(processes, new DeviceChoice(options.Device, options.DeviceIds).ToString(), options);
            await OutputFile
                .WriteAsync(FileOf(folder), stream => JsonSerializer.SerializeAsync(stream, plan, ResultsJson.Indented))
                .ConfigureAwait(false);
            return new PartsFolder(folder, processes, options, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Removes parts that failed before their first answer, so that they are in nobody's way: nothing is lost.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: a part has answers.</exception>
    internal static void RemoveIdle(string folder)
    {
        if (!IsIn(folder))
            return;
        if (Directory.Exists(PartsOf(folder)) && Directory.GetDirectories(PartsOf(folder)).Any(part => new RunFolder(part).HasRun))
            throw Taken(folder);
        Remove(folder);
    }

    private static EvalException Taken(string folder) =>
        new(ExitCode.Output, $"--output {folder}: has parts of a run; continue it with --resume {folder}, or choose another folder");

    /// <summary>Held while the run is at work.</summary>
    internal static string LockOf(string folder) => FileOf(folder) + ".lock";

    private static FileStream Lock(string folder) => FileLock.Take(LockOf(folder), keep: false)
        ?? throw new EvalException(ExitCode.Output, $"{folder}: a run in several processes is at work here; wait until it ends");

    /// <summary>A run that was begun in several processes; null where it was merged, so that it goes on as any other.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="given">Options that are given beside <c>--resume</c>; those that decide numbers must be what the run had.</param>
    /// <param name="processes">As the user gave it; null where not.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: parts.json is damaged, or in use; <see cref="ExitCode.ResumeRefused"/>: an option differs.
    /// </exception>
    internal static PartsFolder? Open(string folder, IReadOnlyDictionary<string, IReadOnlyList<string>> given, int? processes)
    {
        FileStream held = Lock(folder);
        try
        {
            if (IsFinished(folder))
            {
                // It was cut off while it removed the parts.
                Remove(folder);
                held.Dispose();
                return null;
            }

            Plan plan = Read(folder);
            if (processes is { } asked && asked != plan.Processes)
            {
                throw new EvalException(
                    ExitCode.Usage,
                    $"--processes {asked}: the run in {folder} was begun as {plan.Processes} parts, and goes on so; leave --processes out");
            }

            RunOptions earlier = plan.Options.On(DeviceChoice.Parse(plan.Device));
            var now = RunOptions.Of(given, earlier);
            Resumption.CheckOptions(folder, earlier, now);
            return new PartsFolder(folder, plan.Processes, now, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static Plan Read(string folder)
    {
        try
        {
            Plan plan = JsonSerializer.Deserialize<Plan>(File.ReadAllText(FileOf(folder)), ResultsJson.Strict)
                ?? throw new JsonException("it holds nothing but null");
            return plan.Processes is >= 1 and <= Most ? plan : throw new JsonException($"{plan.Processes} processes");
        }
        catch (JsonException e)
        {
            throw new EvalException(
                ExitCode.Output, $"{FileOf(folder)}: damaged: {e.Message}; expected what 'run --processes' wrote", e);
        }
    }

    /// <summary>The arguments of the process that computes a part, from its beginning or from where it was.</summary>
    /// <param name="part">From 1.</param>
    internal IReadOnlyList<string> Arguments(int part)
    {
        RunOptions options = Options with
        {
            Shard = $"{part}/{Count}",
            // They share the cores.
            Threads = Math.Max(1, (Options.Threads ?? Environment.ProcessorCount) / Count),
            DeviceIds = Options.DeviceIds is { Count: > 0 } ids ? [ids[(part - 1) % ids.Count]] : [],
        };
        string folder = FolderOf(part);
        return ["run", new RunFolder(folder).HasRun ? "--resume" : "--output", folder, .. options.ToArguments()];
    }

    /// <summary>Whether a folder holds a run, or a part of one, whose last start has answered everything.</summary>
    private static bool IsFinished(string folder)
    {
        var run = new RunFolder(folder);
        return File.Exists(run.ManifestFile) && run.ReadManifest().Sessions is [.., { End: RunSession.Finished }];
    }

    /// <summary>Removes the parts, all of which is in the run folder now.</summary>
    internal void RemoveParts() => Remove(Path);

    /// <summary>The plan goes last, so that a removal that is cut off goes on.</summary>
    private static void Remove(string folder)
    {
        if (Directory.Exists(PartsOf(folder)))
            Directory.Delete(PartsOf(folder), recursive: true);
        File.Delete(FileOf(folder));
    }

    public void Dispose() => _held.Dispose();
}
