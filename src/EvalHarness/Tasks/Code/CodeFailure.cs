namespace EvalHarness.Tasks.Code;

/// <summary>
/// The interpreter could not do what it was asked to; it lives on. An <see cref="EvalException"/> has it as its inner exception.
/// </summary>
/// <param name="kind">
/// What kind of failure it is: "call" (the author's Python), "missing-module", "no-function", "shape" (of what was returned),
/// "memory", "session".
/// </param>
/// <param name="message">File, line and what Python says. It is untrusted text on one line.</param>
internal sealed class CodeFailure(string kind, string message) : Exception(message)
{
    internal string Kind => kind;
}
