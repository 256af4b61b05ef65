namespace EvalHarness.Sandbox;

/// <summary>A session has ended, and with it all that it held. The message says why, as the end of a sentence.</summary>
internal sealed class CodeSessionException(string reason, bool isTime = false) : Exception(reason)
{
    /// <summary>Whether the session was ended because it did not answer in time.</summary>
    internal bool IsTime => isTime;
}
