namespace EvalHarness.OpenAI.Api;

/// <summary>An answer that has not what was asked for. The message is one line.</summary>
internal sealed class AnswerException(string message) : Exception(EvalException.OneLine(message));
