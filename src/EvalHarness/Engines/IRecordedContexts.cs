namespace EvalHarness.Engines;

/// <summary>The prompts of a recorded run as its model read them.</summary>
public interface IRecordedContexts : IDisposable
{
    /// <summary>The prompt with a hash; null if it is not known.</summary>
    /// <param name="sha256">The SHA-256 of the prompt's UTF-8 bytes, in lower-case hexadecimal.</param>
    string? Find(string sha256);
}
