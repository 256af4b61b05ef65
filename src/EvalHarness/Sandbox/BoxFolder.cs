namespace EvalHarness.Sandbox;

/// <summary>A folder of the machine that the inside of a box sees, read-only.</summary>
/// <param name="Host">The folder's path on the machine.</param>
/// <param name="Path">The path under which the box sees it.</param>
internal readonly record struct BoxFolder(string Host, string Path)
{
    /// <summary>Whether the folder holds the tools of a language, which find each other by their path on the machine.</summary>
    internal bool HasTools => Host == Path;
}
