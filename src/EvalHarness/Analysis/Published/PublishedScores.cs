using System.Reflection;
using System.Text.Json.Serialization;
using EvalHarness.Files;

namespace EvalHarness.Analysis.Published;

/// <summary>Scores that others published, each with its setting and source: <c>datasets/published-scores.yaml</c>.</summary>
internal sealed record PublishedScores
{
    private const string Resource = "published-scores.yaml";

    public required IReadOnlyList<PublishedSource> Sources { get; init; }

    public IReadOnlyList<PublishedProtocol> Protocols { get; init; } = [];

    public required IReadOnlyList<PublishedScore> Scores { get; init; }

    /// <summary>The scores that come with the program.</summary>
    public static PublishedScores Known { get; } = Load();

    private static PublishedScores Load()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return SettingsFile.Parse<PublishedScores>(reader.ReadToEnd(), Resource, ExitCode.Bug).Check(Resource);
    }

    /// <param name="path">A registry of the user's own; null for the one that comes with the program.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: the file is missing or wrong.</exception>
    public static PublishedScores Read(string? path) =>
        path is null ? Known : SettingsFile.Read<PublishedScores>(path, ExitCode.Usage).Check(path);

    private PublishedScores Check(string source)
    {
        if (Scores.Count == 0)
            throw new EvalException(ExitCode.Usage, $"{source}: has no scores");
        Once("source", Sources.Select(s => s.Id));
        Once("protocol", Protocols.Select(p => p.Id));
        foreach (PublishedProtocol protocol in Protocols)
            protocol.Check(source);
        foreach (PublishedScore score in Scores)
        {
            string what = $"the score of {score.Model} on {score.Benchmark}";
            // A folder of results gets the model's name.
            if (!score.Model.Split('/').All(PublishedProtocol.IsFolder))
                throw new EvalException(ExitCode.Usage, $"{source}: {what}: expected a model of {PublishedProtocol.FolderRule}");
            if (Sources.All(s => s.Id != score.Source))
                throw new EvalException(ExitCode.Usage, $"{source}: {what} names the source {score.Source}, which is not under sources");
            if (score.Protocol is { } protocol && Protocols.All(p => p.Id != protocol))
                throw new EvalException(ExitCode.Usage, $"{source}: {what} names the protocol {protocol}, which is not under protocols");
            if (score is { Protocol: not null, Why: not null })
                throw new EvalException(ExitCode.Usage, $"{source}: {what} has a protocol and why it has none; expected one of the two");
            if (score is { Value.Value: > 100 } and ({ Protocol: not null } or { Closed: true }))
                throw new EvalException(ExitCode.Usage, $"{source}: {what} is {score.Value}; expected points from 0 to 100");
        }

        return this;

        void Once(string kind, IEnumerable<string> ids)
        {
            if (ids.CountBy(id => id).FirstOrDefault(id => id.Value > 1) is { Key: { } twice })
                throw new EvalException(ExitCode.Usage, $"{source}: the {kind} {twice} stands there twice; give each an id of its own");
        }
    }

    /// <returns>"BENCHMARK VALUE (QUANTIZATION, SOURCE)".</returns>
    public string NameOf(PublishedScore score)
    {
        string quantization = score.Quantization is { } name ? $"{name}, " : "";
        return $"{score.Benchmark} {score.Value} ({quantization}{SourceOf(score).Title})";
    }

    public PublishedSource SourceOf(PublishedScore score) => Sources.First(s => s.Id == score.Source);

    /// <summary>The protocols by which scores of a benchmark are measured.</summary>
    public IEnumerable<PublishedProtocol> ProtocolsOf(string benchmark) =>
        Scores.Where(s => s.Benchmark == benchmark).Select(ProtocolOf).OfType<PublishedProtocol>();

    public PublishedProtocol? ProtocolOf(PublishedScore score) => Protocols.FirstOrDefault(p => p.Id == score.Protocol);
}

internal sealed record PublishedSource
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    public required string Address { get; init; }

    /// <summary>The commit, edition or day of what was read; null where the source tells none.</summary>
    public string? Version { get; init; }

    /// <summary>The day on which a maintainer of this list read it; null where the day is not known.</summary>
    public DateOnly? Read { get; init; }

    public string? Remarks { get; init; }
}

internal sealed record PublishedScore
{
    /// <summary>Lower-case, with the size and "instruct".</summary>
    public required string Model { get; init; }

    public required string Benchmark { get; init; }

    /// <summary>
    /// Points, 0 to 100, with the digits that the source prints. A score with which nothing here is compared may lie outside.
    /// </summary>
    public required PrintedNumber Value { get; init; }

    /// <summary>Quantization of the model that was measured; null for the model as it was released.</summary>
    public string? Quantization { get; init; }

    /// <summary>Whether the weights were as they were released, in whichever precision.</summary>
    [JsonIgnore]
    public bool IsAsReleased => Quantization is null or "bf16" or "fp16";

    /// <summary>Whether the model's weights are not published.</summary>
    public bool Closed { get; init; }

    /// <summary>An id under sources.</summary>
    public required string Source { get; init; }

    /// <summary>Whether the source is by those who measured the score.</summary>
    public bool Primary { get; init; }

    /// <summary>An id under protocols; null where no task here measures the same.</summary>
    public string? Protocol { get; init; }

    /// <summary>Why no protocol fits, in words that end no sentence; null where there is one, or where nobody said.</summary>
    public string? Why { get; init; }

    [JsonIgnore]
    public string WhyNot => Why ?? "no task here does the same";

    public PublishedSetting Setting { get; init; } = new();

    public string? Remarks { get; init; }
}
