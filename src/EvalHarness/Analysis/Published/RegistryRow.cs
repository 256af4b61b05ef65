using EvalHarness.Files;
using EvalHarness.Tasks;

namespace EvalHarness.Analysis.Published;

/// <summary>A published score and how it would be measured here, or why it would not.</summary>
internal sealed record RegistryRow
{
    public required string Model { get; init; }

    public required string Benchmark { get; init; }

    /// <summary>Null for the model as it was released.</summary>
    public string? Quantization { get; init; }

    /// <summary>Points, with the digits that the source prints.</summary>
    public required PrintedNumber Value { get; init; }

    public required PublishedSource Source { get; init; }

    /// <summary>Whether the source is by those who measured the score.</summary>
    public bool Primary { get; init; }

    /// <summary>What the source says of how the score was made.</summary>
    public required PublishedSetting Setting { get; init; }

    public string? Remarks { get; init; }

    /// <summary>Null where there is none, and <see cref="Why"/> says the reason.</summary>
    public RegistryProtocol? Protocol { get; init; }

    public string? Why { get; init; }

    /// <param name="registry">The registry that has the scores.</param>
    /// <param name="scores">Those to list.</param>
    /// <param name="catalog">The tasks that are at hand.</param>
    public static IReadOnlyList<RegistryRow> Of(
        PublishedScores registry, IEnumerable<PublishedScore> scores, TaskCatalog catalog) =>
        [.. scores.Select(score => new RegistryRow
        {
            Model = score.Model,
            Benchmark = score.Benchmark,
            Quantization = score.Quantization,
            Value = score.Value,
            Source = registry.SourceOf(score),
            Primary = score.Primary,
            Setting = score.Setting,
            Remarks = score.Remarks,
            Protocol = registry.ProtocolOf(score) is { } protocol ? RegistryProtocol.Of(score, protocol, catalog) : null,
            Why = score.Protocol is null ? score.WhyNot : null,
        })];
}

/// <summary>A protocol as it measures one published score.</summary>
internal sealed record RegistryProtocol
{
    public required string Id { get; init; }

    public required string Tasks { get; init; }

    /// <summary>"METRIC,FILTER": what the verdict reads.</summary>
    public required string Score { get; init; }

    /// <summary>Whether the task is at hand: built in, or in a folder of <c>--include-path</c>.</summary>
    public required bool AtHand { get; init; }

    /// <summary>Settings of generation over the task's own; null for none.</summary>
    public string? GenKwargs { get; init; }

    /// <summary>What the protocol does.</summary>
    public required PublishedSetting Does { get; init; }

    /// <summary>In what that is not what the source did.</summary>
    public required IReadOnlyList<string> Departures { get; init; }

    internal static RegistryProtocol Of(PublishedScore score, PublishedProtocol protocol, TaskCatalog catalog) => new()
    {
        Id = protocol.Id,
        Tasks = protocol.Tasks,
        Score = protocol.Score,
        AtHand = protocol.IsIn(catalog),
        GenKwargs = protocol.GenKwargs,
        Does = protocol.Does() with { Average = score.Setting.Average },
        Departures = [.. ReproductionNotes.Departures(score, protocol)],
    };
}
