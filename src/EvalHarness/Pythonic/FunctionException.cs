namespace EvalHarness.Pythonic;

/// <summary>A document that a function cannot judge: the sample is errored, and the message says why.</summary>
public sealed class FunctionException(string message) : Exception(message);
