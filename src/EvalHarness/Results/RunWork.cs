using System.Text.Json.Serialization;
using EvalHarness.Engines;

namespace EvalHarness.Results;

/// <summary>What one start of a run spent, or several starts together.</summary>
public sealed record RunWork
{
    /// <summary>Work of the engine.</summary>
    public EngineUsage Usage { get; init; } = new();

    /// <summary>Where the time went.</summary>
    public RunTimes Seconds { get; init; } = new();

    /// <summary>The part of each task, by its name; tasks that were not begun are left out.</summary>
    public IReadOnlyDictionary<string, RunCost> Tasks { get; init; } = new Dictionary<string, RunCost>();

    /// <summary>What starts spent together. A start that does not say what it spent counts nothing.</summary>
    internal static RunWork Of(IEnumerable<RunSession> starts) =>
        starts.Select(s => s.Work).OfType<RunWork>().Aggregate(new RunWork(), (sum, work) => sum.Plus(work));

    internal RunCost Of(string task) => Tasks.GetValueOrDefault(task) ?? RunCost.None;

    internal RunWork Plus(RunWork other) => new()
    {
        Usage = Usage.Plus(other.Usage),
        Seconds = Seconds.Plus(other.Seconds),
        Tasks = Tasks.Keys.Union(other.Tasks.Keys).ToDictionary(t => t, t => Of(t).Plus(other.Of(t))),
    };
}

/// <summary>What a run or one of its tasks cost.</summary>
/// <param name="Usage">Tokens, and seconds in the model.</param>
/// <param name="Seconds">Where the time went.</param>
public sealed record RunCost(EngineUsage Usage, RunTimes Seconds)
{
    internal static RunCost None { get; } = new(new EngineUsage(), new RunTimes());

    /// <summary>Prompt tokens per second in the model; null where none were computed.</summary>
    [JsonIgnore]
    public double? Prefill => Rate(Usage.PromptTokensComputed, Usage.PrefillSeconds);

    /// <summary>Generated tokens per second in the model; null where none were.</summary>
    [JsonIgnore]
    public double? Decode => Rate(Usage.TokensGenerated, Usage.DecodeSeconds);

    private static double? Rate(long tokens, double seconds) => tokens > 0 && seconds > 0 ? tokens / seconds : null;

    internal RunCost Plus(RunCost other) => new(Usage.Plus(other.Usage), Seconds.Plus(other.Seconds));

    internal RunCost Since(RunCost earlier) => new(Usage.Since(earlier.Usage), Seconds.Since(earlier.Seconds));
}
