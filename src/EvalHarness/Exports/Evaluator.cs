namespace EvalHarness.Exports;

/// <summary>What records for others say of who evaluated, and what no run knows of itself.</summary>
internal sealed record Evaluator
{
    /// <summary>The organization, or the person, that gives the numbers.</summary>
    public required string Organization { get; init; }

    /// <summary>An address of the organization; null to give none.</summary>
    public string? OrganizationUrl { get; init; }

    /// <summary>How it stands to the model's maker.</summary>
    public EvaluatorRelationship Relationship { get; init; } = EvaluatorRelationship.Other;

    /// <summary>Where the run can be seen, as the hub shows it beside the score; null to give no source.</summary>
    public string? SourceUrl { get; init; }
}

/// <summary>How who evaluated stands to the model's maker, in the words of Every Eval Ever.</summary>
internal enum EvaluatorRelationship
{
    /// <summary>The maker evaluated its own model.</summary>
    FirstParty,

    /// <summary>Someone else did, without the maker.</summary>
    ThirdParty,

    /// <summary>Someone else did, together with the maker.</summary>
    Collaborative,

    /// <summary>None of these, or nothing is said.</summary>
    Other,
}
