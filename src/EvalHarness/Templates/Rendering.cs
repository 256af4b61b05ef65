using System.Runtime.CompilerServices;

namespace EvalHarness.Templates;

/// <summary>
/// One rendering of a template: the environment, and how much work has been done. A template that would run for hours, fill the memory or
/// overflow the stack ends with an error.
/// </summary>
/// <param name="options">The environment.</param>
internal sealed class Rendering(TemplateOptions options)
{
    /// <summary>Far more than any conversation needs; they take a few seconds.</summary>
    private const long MostSteps = 30_000_000;

    /// <summary>Calls of macros within macros. Python's limit of a thousand calls is reached sooner.</summary>
    private const int DeepestCalls = 150;

    private long _steps;
    private int _calls;

    internal TemplateOptions Options => options;

    /// <summary>Counts a step of the rendering.</summary>
    /// <exception cref="TemplateException">There have been too many, or the stack is nearly full.</exception>
    internal void Step(Position at, long count = 1)
    {
        if ((_steps += count) > MostSteps)
            throw at.Error($"the template does not come to an end within {MostSteps} steps");
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw at.Error("expressions, loops or macros are nested too deeply");
    }

    /// <summary>Counts a list that an operation goes through by its size.</summary>
    internal void Read(object? value, Position at)
    {
        if (value is IReadOnlyList<object?> list)
            Step(at, list.Count);
    }

    /// <summary>Counts a text or a list that an operation made by its size.</summary>
    internal void Made(object? value, Position at)
    {
        if (value is string text)
            Written(text.Length, at);
        else if (value is IReadOnlyList<object?> list)
            Step(at, list.Count / 8);
    }

    /// <summary>Counts the characters that are written as steps, so that a template cannot fill the memory.</summary>
    internal void Written(int characters, Position at) => Step(at, characters / 16);

    internal void EnterCall(Position at)
    {
        if (++_calls > DeepestCalls)
            throw at.Error($"more than {DeepestCalls} calls of macros are nested");
    }

    internal void LeaveCall() => _calls--;

    /// <summary>What stands for a value that there is not.</summary>
    internal Undefined Undefined(string description) => new(description, options.IsStrict);
}
