using EvalHarness.Scoring.Metrics;

namespace EvalHarness.Results;

/// <summary>What a run was asked to do: the options of <c>evalharness run</c>.</summary>
public sealed record RunOptions
{
    /// <summary>A model folder, or <c>replay:FILE</c>.</summary>
    public required string Model { get; init; }

    public required IReadOnlyList<string> Tasks { get; init; }

    /// <summary>Folder of the shards; null for the default, see <see cref="Data.DatasetRoots"/>.</summary>
    public string? Datasets { get; init; }

    /// <summary>Documents per task.</summary>
    public int? Limit { get; init; }

    /// <summary>Shots per prompt, instead of each task's own number.</summary>
    public int? NumFewShot { get; init; }

    public string Device { get; init; } = "cpu";

    /// <summary>The reference's default, so that the same shots are drawn.</summary>
    public long Seed { get; init; } = 1234;

    public IReadOnlyList<string> IncludePaths { get; init; } = [];

    public IReadOnlyList<string> Plugins { get; init; } = [];

    public bool AllowCodeExecution { get; init; }

    /// <summary>Where model-written code runs: auto, or a backend's name.</summary>
    public string Sandbox { get; init; } = "auto";

    /// <summary>Consent to run it where nothing confines it.</summary>
    public bool ConfirmRunUnsafeCode { get; init; }

    /// <summary>Completions generated together; null to choose by measured rates.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Sequences computed side by side. No number depends on it.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Threads of all of these together; null for one per core.</summary>
    public int? Threads { get; init; }

    public int? MaxLength { get; init; }

    public bool PrefixReuse { get; init; } = true;

    public bool ApplyChatTemplate { get; init; }

    public string? SystemInstruction { get; init; }

    /// <summary>With a chat template: each shot a turn of its own, unless this is false.</summary>
    public bool FewShotAsMultiturn { get; init; } = true;

    /// <summary>"error": a prompt that is too long has no score. "left": its beginning is cut off, as the reference's Hugging Face backend does.</summary>
    public string Truncation { get; init; } = "error";

    /// <summary>Put the beginning-of-text token before every prompt, or before none; null for what the model's tokenizer does.</summary>
    public bool? AddBosToken { get; init; }

    /// <summary>Draws for standard errors of metrics that are no means.</summary>
    public int BootstrapIterations { get; init; } = CorpusMetric.DefaultBootstrapIterations;
}
