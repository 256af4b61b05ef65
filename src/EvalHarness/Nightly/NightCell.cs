using System.Text.Json.Serialization;
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

    /// <summary>Something that it needs was not there, so no process was started; see the error.</summary>
    NotStarted,
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

    /// <summary>How far its parts are on Slurm, in words, when it was last asked; null where this machine computes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Slurm { get; init; }

    /// <summary>Whether it waits for Slurm: another start collects it.</summary>
    [JsonIgnore]
    public bool Waits => End is null && Slurm is not null;

    /// <summary>
    /// Whether nothing is left to do. Samples that errored on Slurm are not asked again: the merged run is not Slurm's to go on with.
    /// </summary>
    [JsonIgnore]
    public bool IsComplete => End == TryEnd.Finished && (ExitCode == 0 || Slurm is not null);

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

    /// <summary>What decides its numbers besides the options, as it was when the cell was first started.</summary>
    public CellInputs Inputs { get; init; } = new();

    /// <summary>The run folder in the night's folder, where it is not <see cref="Name"/>, which is an earlier measurement's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Folder { get; init; }

    /// <summary>The name of the run folder in the night's folder.</summary>
    [JsonIgnore]
    public string RunName => Folder ?? Name;

    public IReadOnlyList<NightTry> Tries { get; init; } = [];

    /// <summary>The tries before the night was started once more after its end.</summary>
    public IReadOnlyList<NightTry> Earlier { get; init; } = [];

    /// <summary>Why it was not started, or not tried again; null where it was, or still may be.</summary>
    public string? LeftOut { get; init; }

    [JsonIgnore]
    public IEnumerable<NightTry> AllTries => Earlier.Concat(Tries);

    [JsonIgnore]
    public NightTry? Last => AllTries.LastOrDefault(t => t.End is not null);

    /// <summary>Whether it waits for Slurm.</summary>
    [JsonIgnore]
    public bool Waits => AllTries.LastOrDefault()?.Waits == true;

    /// <summary>Whether it has results. It stays so where samples that errored are tried again, and that fails.</summary>
    [JsonIgnore]
    public bool Finished => AllTries.Any(t => t.End == TryEnd.Finished);

    /// <summary>
    /// Whether it is not tried again. A cell is tried twice, but not where the same would happen again: where the program says what is
    /// wrong with its input, and where time or space was used up.
    /// </summary>
    [JsonIgnore]
    public bool Over => LeftOut is not null
        || (Tries.LastOrDefault(t => t.End is not null) is { } last
            && (WouldEndTheSame(last) || Tries.Count(t => t.End is not null) >= 2));

    /// <summary>Whether it failed because of its input, which another try alone does not change.</summary>
    [JsonIgnore]
    public bool HasWrongInput => Last is { End: TryEnd.Failed or TryEnd.NotStarted } last
        && (ExitCode?)last.ExitCode is var code
        && (code is ExitCode.Usage or ExitCode.Task or ExitCode.Data or ExitCode.ResumeRefused
            // What is missing on the machine is no part of the input, and may be there at the next start.
            || (last.End == TryEnd.NotStarted && code != ExitCode.Environment));

    private static bool WouldEndTheSame(NightTry last) => last.End switch
    {
        TryEnd.Finished => last.IsComplete,
        TryEnd.OutOfTime or TryEnd.OutOfDisk or TryEnd.NotStarted => true,
        TryEnd.Failed => (ExitCode?)last.ExitCode
            is ExitCode.Usage or ExitCode.Task or ExitCode.Data or ExitCode.Environment or ExitCode.ResumeRefused,
        _ => false,
    };
}
