using System.Reflection;
using EvalHarness.Files;
using EvalHarness.Results;
using Settings = EvalHarness.Tasks.GenerationSettings;

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
        foreach (PublishedScore score in Scores)
        {
            string what = $"the score of {score.Model} on {score.Benchmark}";
            if (Sources.All(s => s.Id != score.Source))
                throw new EvalException(ExitCode.Usage, $"{source}: {what} names the source {score.Source}, which is not under sources");
            if (score.Protocol is { } protocol && Protocols.All(p => p.Id != protocol))
                throw new EvalException(ExitCode.Usage, $"{source}: {what} names the protocol {protocol}, which is not under protocols");
            if (score is { Value.Value: > 100 } and ({ Protocol: not null } or { Closed: true }))
                throw new EvalException(ExitCode.Usage, $"{source}: {what} is {score.Value}; expected points from 0 to 100");
        }

        return this;
    }

    public PublishedSource SourceOf(PublishedScore score) => Sources.First(s => s.Id == score.Source);

    public PublishedProtocol? ProtocolOf(PublishedScore score) => Protocols.FirstOrDefault(p => p.Id == score.Protocol);
}

internal sealed record PublishedSource
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    public required string Address { get; init; }

    /// <summary>The day on which a maintainer of this list read it; null where the day is not known.</summary>
    public DateOnly? Read { get; init; }

    public string? Remarks { get; init; }
}

/// <summary>How a published score is measured here.</summary>
internal sealed record PublishedProtocol
{
    public required string Id { get; init; }

    public required string Tasks { get; init; }

    public required int NumFewshot { get; init; }

    public required string Metric { get; init; }

    public string Filter { get; init; } = "none";

    /// <summary>"METRIC,FILTER", the key of the score in results.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Score => $"{Metric},{Filter}";

    public bool ApplyChatTemplate { get; init; }

    public string? SystemInstruction { get; init; }

    /// <summary>Whether shots are turns of the conversation; null for what <c>--fewshot-as-multiturn</c> does by default.</summary>
    public bool? FewshotAsMultiturn { get; init; }

    /// <summary>Settings of generation over the tasks' own, as <c>--gen-kwargs</c> takes them; null for the tasks' own alone.</summary>
    public string? GenKwargs { get; init; }

    /// <summary>In what the protocol differs from what the source did.</summary>
    public IReadOnlyList<string> Departures { get; init; } = [];

    /// <param name="common">Options that no protocol decides, such as the model and its device.</param>
    /// <returns>The options of the run that measures this protocol.</returns>
    public RunOptions Of(RunOptions common) => common with
    {
        Tasks = [Tasks],
        NumFewShot = NumFewshot,
        ApplyChatTemplate = ApplyChatTemplate,
        SystemInstruction = SystemInstruction,
        FewShotAsMultiturn = FewshotAsMultiturn,
        GenerationSettings = common.GenerationSettings
            ?? (GenKwargs is null ? null : Settings.ToJson(Settings.Parse(GenKwargs))),
    };
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

    /// <summary>Whether the model's weights are not published.</summary>
    public bool Closed { get; init; }

    /// <summary>An id under sources.</summary>
    public required string Source { get; init; }

    /// <summary>Whether the source is by those who measured the score.</summary>
    public bool Primary { get; init; }

    /// <summary>An id under protocols; null where no task here measures the same.</summary>
    public string? Protocol { get; init; }

    public PublishedSetting Setting { get; init; } = new();

    public string? Remarks { get; init; }
}

internal enum ScoreAverage
{
    /// <summary>Each question counts the same.</summary>
    Micro,

    /// <summary>Each subject counts the same.</summary>
    Macro,
}

/// <summary>What a source says of how a score was made; null for what it leaves open.</summary>
internal sealed record PublishedSetting
{
    public int? Shots { get; init; }

    public bool? ChainOfThought { get; init; }

    /// <summary>"letters" by log-likelihood, "text" by log-likelihood, or "generated".</summary>
    public string? Answer { get; init; }

    public bool? ChatTemplate { get; init; }

    public string? SystemPrompt { get; init; }

    public int? MaxTokens { get; init; }

    public string? Sampling { get; init; }

    public ScoreAverage? Average { get; init; }

    /// <summary>"strict" or "flexible".</summary>
    public string? Match { get; init; }

    /// <summary>Each setting by name, in words; null for what the source leaves open.</summary>
    public IEnumerable<(string Name, string? Value)> Items() =>
    [
        ("shots", Shots?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ("chain of thought", ChainOfThought is { } thought ? thought ? "yes" : "no" : null),
        ("answer", Answer),
        ("chat template", ChatTemplate is { } template ? template ? "applied" : "not applied" : null),
        ("system prompt", SystemPrompt),
        ("maximum tokens", MaxTokens?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ("sampling", Sampling),
        ("average", Average?.ToString().ToLowerInvariant()),
        ("match", Match),
    ];

    public override string ToString()
    {
        string text = string.Join(", ", Items().Where(i => i.Value is not null).Select(i => $"{i.Name} {i.Value}"));
        return text.Length > 0 ? text : "not told";
    }
}
