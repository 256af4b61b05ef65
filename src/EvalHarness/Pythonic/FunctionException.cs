namespace EvalHarness.Pythonic;

/// <summary>Thrown by a task's function for a document that it cannot judge. The sample counts as errored, for the given reason.</summary>
internal sealed class FunctionException(string message) : Exception(message);
