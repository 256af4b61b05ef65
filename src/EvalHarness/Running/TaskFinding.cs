namespace EvalHarness.Running;

/// <summary>What prompts of a task were made of when it was checked, from the weakest evidence to the strongest.</summary>
internal enum CheckedRows
{
    /// <summary>No prompt was made: what a Python function reads of a document cannot be made up.</summary>
    NotRendered,

    /// <summary>A document with all columns that the templates name. It cannot show that the data has other columns.</summary>
    MadeUpRows,

    /// <summary>A made-up document with exactly the columns that the dataset has.</summary>
    KnownColumns,

    /// <summary>The first rows of the data.</summary>
    RealRows,
}

/// <summary>How far a task of a folder gets here.</summary>
/// <param name="Name">Of the task or group.</param>
/// <param name="IsGroup">A group, not a task.</param>
/// <param name="Functions">Python functions that its file names.</param>
/// <param name="Problem">Why it cannot run; null if it can.</param>
/// <param name="Rows">What its prompts were made of; for a group, the weakest of its tasks. It has no meaning beside a problem.</param>
internal sealed record TaskFinding(string Name, bool IsGroup, IReadOnlyList<string> Functions, string? Problem, CheckedRows Rows)
{
    /// <summary>Whether functions of it run in the sandbox.</summary>
    internal bool IsBoxed { get; init; }

    /// <summary>What kind of thing keeps it from running; null where it runs.</summary>
    internal string? Kind { get; init; }
}
