using System.Text.Json;
using System.Text.Json.Serialization;
using EvalHarness.Files;
using EvalHarness.Nightly.Gating;
using EvalHarness.Results;

namespace EvalHarness.Nightly;

/// <summary>How a try of a cell ended.</summary>
internal enum TryEnd
{
    Finished,

    /// <summary>The program said why; see the error.</summary>
    Failed,

    /// <summary>The system ended it: the native runtime crashed, or memory ran out.</summary>
    Crashed,

    /// <summary>It wrote nothing for too long.</summary>
    Stalled,

    /// <summary>The cell's time was over.</summary>
    OutOfTime,

    /// <summary>The cell's space was used up, or the disk's.</summary>
    OutOfDisk,
}

/// <summary>One start of a cell's process.</summary>
internal sealed record NightTry
{
    public required DateTimeOffset Started { get; init; }

    /// <summary>When the watchdog last saw it alive.</summary>
    public required DateTimeOffset Seen { get; init; }

    /// <summary>Null while the try runs; it stays null if the night was cut off.</summary>
    public TryEnd? End { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>The last line of standard error, or what the watchdog saw.</summary>
    public string? Error { get; init; }

    /// <summary>What makes the timings worthless; null where nothing is known that does.</summary>
    public string? TimingDoubt { get; init; }

    [JsonIgnore]
    public TimeSpan Duration => Seen - Started;
}

internal sealed record NightCell
{
    public required string Name { get; init; }

    public required string Model { get; init; }

    public required string Device { get; init; }

    public required string Tasks { get; init; }

    /// <summary>The hash of the options that decide the cell's numbers: see <see cref="RunOptions.Hash"/>.</summary>
    public string Identity { get; init; } = "";

    /// <summary>See <see cref="Nightly.ModelState"/>; empty before it was started, and where there are no files.</summary>
    public string ModelState { get; init; } = "";

    /// <summary>The run folder in the night's folder, where it is not <see cref="Name"/>, which is of other files.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Folder { get; init; }

    /// <summary>The name of the run folder in the night's folder.</summary>
    [JsonIgnore]
    public string RunName => Folder ?? Name;

    public IReadOnlyList<NightTry> Tries { get; init; } = [];

    /// <summary>Why it was never started; null where it was started, or still may be.</summary>
    public string? LeftOut { get; init; }

    [JsonIgnore]
    public NightTry? Last => Tries.LastOrDefault(t => t.End is not null);

    [JsonIgnore]
    public bool Finished => Last?.End == TryEnd.Finished;

    /// <summary>
    /// Whether it is not tried again. A cell is tried twice, but not where the same would happen again: where the program says what is
    /// wrong with its input, and where time or space was used up.
    /// </summary>
    [JsonIgnore]
    public bool Over => LeftOut is not null || (Last is { } last && (WouldEndTheSame(last) || Tries.Count(t => t.End is not null) >= 2));

    private static bool WouldEndTheSame(NightTry last) => last.End switch
    {
        TryEnd.Finished => last.ExitCode == 0,
        TryEnd.OutOfTime or TryEnd.OutOfDisk => true,
        TryEnd.Failed => (ExitCode?)last.ExitCode
            is ExitCode.Usage or ExitCode.Task or ExitCode.Data or ExitCode.Environment or ExitCode.ResumeRefused,
        _ => false,
    };
}

/// <summary>A night on disk: <c>night.json</c> in the folder that holds its run folders.</summary>
internal sealed record Night
{
    public const string FileName = "night.json";

    public int FormatVersion { get; init; } = 1;

    /// <summary>The plan's name.</summary>
    public required string Plan { get; init; }

    /// <summary>Hash of the plan's cells: other cells are another night.</summary>
    public required string PlanSha256 { get; init; }

    /// <summary>Hash of the plan file by which the night was judged: other rules and reports judge the same runs anew.</summary>
    public string FileSha256 { get; init; } = "";

    public required DateTimeOffset Started { get; init; }

    /// <summary>Null until every cell that can be tried was tried.</summary>
    public DateTimeOffset? Ended { get; init; }

    public required IReadOnlyList<NightCell> Cells { get; init; }

    /// <summary>Null before the end, and without rules.</summary>
    public GateReport? Gate { get; init; }

    /// <summary>What made the drops that are regressions; null where the plan does not ask.</summary>
    public IReadOnlyList<NightCulprit>? Culprits { get; init; }

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: damaged.</exception>
    public static Night Read(string folder)
    {
        string file = Path.Combine(folder, FileName);
        try
        {
            return ResultsJson.Read<Night>(File.ReadAllText(file));
        }
        catch (JsonException e)
        {
            throw new EvalException(ExitCode.Output, $"{file}: damaged: {e.Message}; move the folder away to start that night again", e);
        }
    }

    public Task WriteAsync(string folder) => OutputFile.WriteAsync(
        Path.Combine(Path.GetFullPath(folder), FileName),
        stream => JsonSerializer.SerializeAsync(stream, this, ResultsJson.Indented));

    /// <summary>All nights of a plan under a root, the latest first.</summary>
    public static IEnumerable<(string Folder, Night Night)> All(string root, string plan) => Directory.Exists(root)
        ? Directory.EnumerateDirectories(root)
            .Where(f => File.Exists(Path.Combine(f, FileName)))
            .Select(f => (Folder: f, Night: Read(f)))
            .Where(n => n.Night.Plan == plan)
            .OrderByDescending(n => n.Night.Started)
        : [];

    /// <summary>The results of a cell's run; null where it has none.</summary>
    public static RunReport? Results(string folder, NightCell cell)
    {
        var run = new RunFolder(Path.Combine(folder, cell.RunName));
        return File.Exists(run.ResultsFile) ? run.ReadResults() : null;
    }
}
