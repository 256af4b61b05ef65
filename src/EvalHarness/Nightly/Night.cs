using System.Text.Json;
using System.Text.Json.Serialization;
using EvalHarness.Files;
using EvalHarness.Nightly.Gating;
using EvalHarness.Results;

namespace EvalHarness.Nightly;

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

    /// <summary>When it was last started after its end; what the night may use counts from then. Null where it never was.</summary>
    public DateTimeOffset? StartedAgain { get; init; }

    /// <summary>When it was last known to be at work here, or gave work to Slurm.</summary>
    [JsonIgnore]
    public DateTimeOffset Seen => Cells
        .SelectMany(c => c.AllTries)
        .Select(t => t.Slurm is null ? t.Seen : t.Started)
        .Append(StartedAgain ?? Started)
        .Max();

    /// <summary>Whether it waits for Slurm.</summary>
    [JsonIgnore]
    public bool Waits => Ended is null && Cells.Any(c => c.Waits);

    /// <summary>Null until every cell that can be tried was tried.</summary>
    public DateTimeOffset? Ended { get; init; }

    public required IReadOnlyList<NightCell> Cells { get; init; }

    /// <summary>Null before the end, and without rules.</summary>
    public GateReport? Gate { get; init; }

    /// <summary>What made the drops that are regressions; null where the plan does not ask.</summary>
    public IReadOnlyList<NightCulprit>? Culprits { get; init; }

    /// <summary>The space that nights take, and what was removed; null before the end.</summary>
    public NightDisk? Disk { get; init; }

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
            // A link to a night is not another one.
            .DistinctBy(n => NightRemoval.RealPath(n.Folder))
        : [];

    /// <summary>The results of a cell's run; null where it has none.</summary>
    public static RunReport? Results(string folder, NightCell cell)
    {
        var run = new RunFolder(Path.Combine(folder, cell.RunName));
        return File.Exists(run.ResultsFile) ? run.ReadResults() : null;
    }
}
