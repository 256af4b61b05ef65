using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EvalHarness.Engines;
using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Analysis.Arena;

/// <summary>
/// What a judge said of runs, on disk: <c>judge.json</c> (who judges, and what decides its verdicts), <c>judge.jsonl</c> (its answers),
/// <c>battles.jsonl</c>, <c>errored.jsonl</c>, <c>arena.json</c> and <c>arena.html</c>. The folder is locked until it is disposed.
/// </summary>
internal sealed class ArenaFolder : IDisposable
{
    private const int ShownText = 60;

    private readonly string _path;
    private readonly FileStream _lock;

    private ArenaFolder(string path, FileStream held) => (Name, _path, _lock) = (path, Path.GetFullPath(path), held);

    /// <summary>As the user wrote it.</summary>
    internal string Name { get; }

    /// <summary>The battles with a verdict, which <c>arena --battles</c> reads.</summary>
    internal string BattlesFile => Path.Combine(_path, "battles.jsonl");

    /// <summary>The battles without one; not there where all have one.</summary>
    internal string ErroredFile => Path.Combine(_path, "errored.jsonl");

    internal string ResultFile => Path.Combine(_path, "arena.json");

    internal string PageFile => Path.Combine(_path, "arena.html");

    private string JudgeFile => Path.Combine(_path, "judge.json");

    private string JournalFile => Path.Combine(_path, "judge.jsonl");

    /// <summary>What an earlier start wrote down; null in a new folder.</summary>
    internal ArenaRecord? Earlier { get; private init; }

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: not writable, in use, or the folder of something else.
    /// </exception>
    internal static ArenaFolder Open(string path)
    {
        if (File.Exists(new RunFolder(path).ManifestFile))
            throw new EvalException(ExitCode.Output, $"--output {path}: is the folder of a run; choose another folder");
        FileStream held = FileLock.Take(Path.Combine(Path.GetFullPath(path), "judge.jsonl.lock"), keep: false) ?? throw new EvalException(
            ExitCode.Output, $"{path}: is in use; another command writes to this folder, wait for it or choose another --output");
        try
        {
            string record = Path.Combine(path, "judge.json");
            if (!File.Exists(record) && new FileInfo(Path.Combine(path, "judge.jsonl")) is { Exists: true, Length: > 0 } left)
            {
                throw new EvalException(
                    ExitCode.Output, $"--output {path}: has {left.Name}, and no judge.json that says whose answers they are; move it away");
            }

            return new ArenaFolder(path, held) { Earlier = File.Exists(record) ? Read(record) : null };
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static ArenaRecord Read(string file)
    {
        try
        {
            return ResultsJson.Read<ArenaRecord>(File.ReadAllText(file));
        }
        catch (JsonException e)
        {
            throw new EvalException(ExitCode.Output, $"{file}: damaged: {e.Message}", e);
        }
    }

    /// <summary>Opens the journal of the judge's answers, and writes down whose they are.</summary>
    /// <param name="judge">The judge.</param>
    /// <param name="deciding">What decides its verdicts besides.</param>
    /// <param name="cancellationToken">Stops between lines.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.ResumeRefused"/>: the answers in the folder are of something else. <see cref="ExitCode.Output"/>: they were
    /// changed, or the folder cannot be written.
    /// </exception>
    internal async Task<Journal> OpenJournalAsync(
        EngineDescription judge, IEnumerable<KeyValuePair<string, string>> deciding, CancellationToken cancellationToken)
    {
        IEnumerable<KeyValuePair<string, string>> all = Manifest.Identity(judge, "judge's ").Concat(deciding);
        var record = new ArenaRecord(judge, [.. all.Select(p => (string[])[p.Key, p.Value])]);
        if (Earlier is not null && Resumption.Difference(Earlier.Pairs, record.Pairs) is { } different)
        {
            throw new EvalException(
                ExitCode.ResumeRefused,
                $"--output {Name}: {different.Key} differs: the folder has {Shown(different.Was)}, now it is {Shown(different.IsNow)}; "
                + "restore it, or choose another folder");
        }

        await OutputFile.WriteAsync(JudgeFile, stream => JsonSerializer.SerializeAsync(stream, record, ResultsJson.Indented))
            .ConfigureAwait(false);
        return await Journal.OpenAsync(JournalFile, record.Checksum(), TimeProvider.System, cancellationToken).ConfigureAwait(false);
    }

    private static string Shown(string text)
    {
        string line = EvalException.OneLine(text);
        return line.Length <= ShownText ? line : $"{line[..ShownText]}...";
    }

    public void Dispose() => _lock.Dispose();
}

/// <summary>Who judges, and everything that decides its verdicts.</summary>
/// <param name="Judge">The judge, as its engine describes it.</param>
/// <param name="Deciding">Names and values; a name can be there several times.</param>
internal sealed record ArenaRecord(EngineDescription Judge, IReadOnlyList<string[]> Deciding)
{
    internal IEnumerable<KeyValuePair<string, string>> Pairs => Deciding.Select(d => KeyValuePair.Create(d[0], d[1]));

    internal JournalChecksum Checksum() =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Pairs.Select(p => $"{p.Key} {p.Value}")))), required: true);
}
