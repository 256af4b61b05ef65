using System.Text.Json.Serialization;
using EvalHarness.Results;

namespace EvalHarness.Nightly.Culprits;

internal enum ChangeKind
{
    /// <summary>The model's files, or the name of a model whose files are elsewhere.</summary>
    Model,

    /// <summary>The files of one or more datasets.</summary>
    Data,

    /// <summary>Task definitions, and where they are read from.</summary>
    Tasks,

    /// <summary>One option of the run.</summary>
    Option,

    /// <summary>Programs, libraries and graders, whose earlier versions cannot be run by this one.</summary>
    Program,

    /// <summary>The computer.</summary>
    Machine,
}

/// <summary>One thing that differs between the manifests of two runs.</summary>
internal sealed record RunChange
{
    public required ChangeKind Kind { get; init; }

    /// <summary>In words, or the name of the option.</summary>
    public required string Name { get; init; }

    public required string Base { get; init; }

    public required string Candidate { get; init; }

    /// <summary>Why it cannot be set back here, in words; null where it can.</summary>
    public string? Stays { get; init; }

    /// <summary>Makes the options of a run as the base had them, as far as this change goes; null where it cannot be set back.</summary>
    [JsonIgnore]
    internal Func<RunOptions, RunOptions>? SetBack { get; init; }
}
