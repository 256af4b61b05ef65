using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Analysis.History;

/// <summary>
/// Every finished run under a folder. What was read once is kept in <c>history.jsonl</c>, which can be deleted: the next call makes it
/// from the run folders again. It is a file and no database: SQLite would bring a native library for every platform, for rows that are
/// read all at once.
/// </summary>
internal static class HistoryIndex
{
    public const string FileName = "history.jsonl";

    /// <param name="root">The folder of all runs.</param>
    /// <param name="warn">Told what is left out, and why.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The runs in the order of time.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: there is no such folder.</exception>
    public static async Task<IReadOnlyList<HistoryEntry>> UpdateAsync(string root, Action<string> warn, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(root))
            throw new EvalException(ExitCode.Output, $"{root}: there is no such folder; expected one with run folders, at any depth");
        string file = Path.Combine(Path.GetFullPath(root), FileName);
        Dictionary<string, HistoryEntry> known = Read(file);
        var entries = new List<HistoryEntry>();
        var read = new HashSet<string>();
        foreach (string folder in Runs(Path.GetFullPath(root)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var run = new RunFolder(folder);
            string name = Path.GetRelativePath(root, folder).Replace('\\', '/');
            string stamp = $"{Stamp(run.ManifestFile)} {Stamp(run.ResultsFile)}";
            if (known.TryGetValue(name, out HistoryEntry? entry) && entry.Stamp == stamp)
            {
                entries.Add(entry);
                continue;
            }

            read.Add(name);
            try
            {
                entries.Add(HistoryEntry.Of(run, name, stamp));
            }
            catch (EvalException e)
            {
                warn($"left out: {e.Message}");
            }
        }

        entries.Sort((a, b) => a.Started != b.Started ? a.Started.CompareTo(b.Started) : string.CompareOrdinal(a.Run, b.Run));
        bool paired = await new NightPairs(root, read, warn).AddToAsync(entries, cancellationToken).ConfigureAwait(false);
        if (paired || read.Count > 0 || entries.Count != known.Count)
            await WriteAsync(file, entries, warn).ConfigureAwait(false);
        return entries;
    }

    /// <summary>
    /// Folders of finished runs; there is no run inside a run. The runs of a search for a culprit, or for why a score differs from a
    /// published one, are of chosen rows, and no night's. A folder whose name begins with a dot is hidden; a night that is being removed is
    /// one.
    /// </summary>
    private static IEnumerable<string> Runs(string folder)
    {
        string[] searches = [RunFolder.CulpritFile, RunFolder.LadderFile];
        if (searches.Any(name => File.Exists(Path.Combine(folder, name))) || Path.GetFileName(folder).StartsWith('.'))
            return [];
        var run = new RunFolder(folder);
        if (File.Exists(run.ManifestFile))
            return File.Exists(run.ResultsFile) ? [folder] : [];
        return Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).SelectMany(Runs);
    }

    private static string Stamp(string file)
    {
        var info = new FileInfo(file);
        return $"{info.Length} {info.LastWriteTimeUtc.Ticks}";
    }

    /// <returns>Nothing where the file is missing, damaged or of another version: then every run is read again.</returns>
    private static Dictionary<string, HistoryEntry> Read(string file)
    {
        if (!File.Exists(file))
            return [];
        try
        {
            var entries = File.ReadLines(file).Select(l => ResultsJson.Read<HistoryEntry>(l)).ToDictionary(e => e.Run);
            return entries.Values.All(e => e.Format == HistoryEntry.CurrentFormat) ? entries : [];
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return [];
        }
    }

    /// <summary>Where the file cannot be written, the runs are read again next time.</summary>
    private static async Task WriteAsync(string file, List<HistoryEntry> entries, Action<string> warn)
    {
        try
        {
            await OutputFile.WriteAsync(file, async stream =>
            {
                await using var writer = new StreamWriter(stream, leaveOpen: true);
                foreach (HistoryEntry entry in entries)
                    await writer.WriteAsync(JsonSerializer.Serialize(entry, ResultsJson.Line) + "\n").ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
        catch (EvalException e)
        {
            warn($"the index is not kept: {e.Message}");
        }
    }
}
