namespace EvalHarness.Results;

/// <summary>The Python of task files that ran, and what it ran with.</summary>
public sealed record TaskCodeRecord
{
    /// <summary>The version of Python.</summary>
    public required string Python { get; init; }

    /// <summary>
    /// SHA-256 over the Python of this program that calls the functions and stands in for libraries, in lower-case hexadecimal.
    /// </summary>
    public required string Shims { get; init; }

    /// <summary>The versions of other packages that were imported, by name.</summary>
    public IReadOnlyDictionary<string, string> Packages { get; init; } = new Dictionary<string, string>();

    /// <summary>The files that were read, Python and data.</summary>
    public required IReadOnlyList<TaskCodeFile> Files { get; init; }

    /// <summary>The seed of Python's random.</summary>
    public required long RandomSeed { get; init; }

    /// <summary>The seed of NumPy's random.</summary>
    public required long NumPySeed { get; init; }

    /// <summary>What must be equal for the functions to return the same.</summary>
    internal IEnumerable<KeyValuePair<string, string>> Identity()
    {
        yield return new("Python", Python);
        yield return new("the Python of this program", Shims);
        yield return new("seed of Python's random", $"{RandomSeed}");
        yield return new("seed of NumPy", $"{NumPySeed}");
        foreach ((string name, string version) in Packages)
            yield return new($"Python package {name}", version);
        foreach (TaskCodeFile file in Files)
            yield return new($"task file {file.Name}", file.Sha256);
    }
}

/// <summary>A file that a task's Python was read from, or that it read.</summary>
/// <param name="Name">Its path below the folder of tasks, the same on every machine.</param>
/// <param name="Sha256">In lower-case hexadecimal.</param>
public sealed record TaskCodeFile(string Name, string Sha256);
