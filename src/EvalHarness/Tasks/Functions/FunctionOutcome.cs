using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>What a function made of one document, or why it could not.</summary>
/// <param name="Value">Null where the function failed.</param>
/// <param name="Error">The reason on one line; null where the function did not fail.</param>
internal readonly record struct FunctionOutcome<T>(T? Value, string? Error)
{
    internal static FunctionOutcome<T> Of(T? value) => new(value, Error: null);

    internal static FunctionOutcome<T> Failed(string error) => new(default, error);

    /// <summary>Calls a function that may refuse its document.</summary>
    internal static FunctionOutcome<T> Try(Func<T> function)
    {
        try
        {
            return Of(function());
        }
        catch (FunctionException e)
        {
            return Failed(e.Message);
        }
    }
}
