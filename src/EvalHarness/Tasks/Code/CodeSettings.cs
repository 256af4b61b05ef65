using EvalHarness.Sandbox;

namespace EvalHarness.Tasks.Code;

/// <summary>What the interpreters of a run begin with.</summary>
internal sealed record CodeSettings
{
    /// <summary>The seed of Python's own random numbers. The default is that of lm-evaluation-harness.</summary>
    public long RandomSeed { get; init; }

    /// <summary>The seed of NumPy's random numbers, from 0 to 4,294,967,295. The default is that of lm-evaluation-harness.</summary>
    public long NumPySeed { get; init; } = 1234;

    /// <summary>The folders from which the user included tasks.</summary>
    public IReadOnlyList<string> IncludePaths { get; init; } = [];

    /// <summary>The Python that answers requests; tests have others.</summary>
    internal string Source { get; init; } = SessionSource.Text;
}
