using System;
using System.Diagnostics;
using System.IO;
using System.Reflection;
using System.Runtime.Loader;

namespace EvalHarness.Sandbox.Languages.CSharp;

/// <summary>
/// Runs C# programs and their tests in two processes: "candidate" runs the program, "tester" compiles both and runs the tests, whose calls
/// of the program's methods go over a pipe to the candidate.
/// </summary>
internal static class Tool
{
    private static int Main(string[] arguments)
    {
        Trace.Listeners.Clear();
        Trace.Listeners.Add(new ThrowingListener());
        if (arguments is ["candidate"])
        {
            Candidate.Run();
            return 0;
        }

        // The build wrote where the compiler lies, in the first line, and its reference assemblies, in the second.
        string[] paths = File.ReadAllLines("paths.txt");
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            Path.Combine(paths[0], name.Name + ".dll") is { } path && File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;
        Tester.Run(paths[1]);
        return 0;
    }
}

/// <summary>An assertion failed: of the tests, or of the program itself.</summary>
internal sealed class AssertionFailedException(string? message) : Exception(message);

/// <summary>Turns the failed assertions of Debug and Trace, which are otherwise only printed, into exceptions.</summary>
internal sealed class ThrowingListener : TraceListener
{
    public override void Write(string? message)
    {
    }

    public override void WriteLine(string? message)
    {
    }

    public override void Fail(string? message, string? detail) => throw new AssertionFailedException(message);
}
