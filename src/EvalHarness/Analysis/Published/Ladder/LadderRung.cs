namespace EvalHarness.Analysis.Published.Ladder;

/// <summary>One setting that may explain why a score differs, and what it is changed to.</summary>
internal sealed record LadderRung
{
    /// <summary>The setting, in words: "chat template".</summary>
    public required string Name { get; init; }

    /// <summary>What it was, in words.</summary>
    public string From { get; init; } = "";

    /// <summary>What it becomes, in words.</summary>
    public string To { get; init; } = "";

    /// <summary>Why it is not changed, in words; null where it is.</summary>
    public string? NotTried { get; init; }

    /// <summary>Changes the setting; nothing where it is not tried.</summary>
    public Func<LadderSetting, LadderSetting> Change { get; init; } = setting => setting;

    /// <summary>
    /// Whether the change can give a document another score, by what the run made of it before. The others are not asked again.
    /// </summary>
    public Func<LadderRow, bool> CanMove { get; init; } = _ => true;

    internal static LadderRung Left(string name, string reason) => new() { Name = name, NotTried = reason };
}
