using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;

namespace EvalHarness.Sandbox.Languages.CSharp;

/// <summary>
/// The process of the tests. Compiles the program without its tests for the candidate, and the tests with stubs of the program's methods
/// for itself, and runs them.
/// </summary>
internal static class Tester
{
    /// <param name="references">The folder of the reference assemblies.</param>
    public static void Run(string references)
    {
        string program = File.ReadAllText("answer.cs"), tests = File.ReadAllText("tests.cs");
        try
        {
            (byte[] assembly, string main) = Compile(program, tests, references);
            RunTests(Assembly.Load(assembly), main);
        }
        catch (AssertionFailedException e)
        {
            Verdict.End("assertion", e.Message);
        }
        catch (OutOfMemoryException)
        {
            Verdict.End("memory", "");
        }
        catch (WrongProgramException e)
        {
            Verdict.End("exception", e.Message);
        }
        catch (IOException) when (!Running)
        {
            Verdict.End("ended", "");
        }
        catch (Exception e) when (Running)
        {
            Verdict.End("exception", $"{e.GetType().Name}: {e.Message}");
        }

        Verdict.End("passed", "");
    }

    private static bool Running { get; set; }

    private static void RunTests(Assembly assembly, string main)
    {
        Type remote = assembly.GetType(Stubs.Class)!;
        remote.GetField(Stubs.Field)!.SetValue(null, (Func<string, Type[], Type, Type[], object?[], object?>)Remote.Call);
        remote.GetField("Unset")!.SetValue(null, Unset.Value);
        MethodInfo? method = null;
        foreach (MethodInfo candidate in assembly.GetType(main, throwOnError: true)!.GetMethods(
            BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        {
            if (candidate.Name == "Main" && (method is null || candidate.MetadataToken < method.MetadataToken))
                method = candidate;
        }

        if (method is null)
            throw new WrongProgramException("the tests have no static method Main");
        Running = true;
        object?[] arguments = method.GetParameters().Length == 0 ? [] : [Array.Empty<string>()];
        if (method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null) is System.Threading.Tasks.Task task)
            task.GetAwaiter().GetResult();
    }

    /// <summary>Sends the candidate its assembly.</summary>
    /// <returns>The assembly of the tests, and the type in it that has the entry point.</returns>
    private static (byte[] Assembly, string Main) Compile(string program, string tests, string references)
    {
        CSharpParseOptions parse = new(LanguageVersion.Latest, DocumentationMode.None, preprocessorSymbols: ["DEBUG"]);
        var files = new List<MetadataReference>();
        foreach (string file in Directory.GetFiles(references, "*.dll"))
            files.Add(MetadataReference.CreateFromFile(file));
        var text = new ProgramText(program, tests, parse);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "program",
            [CSharpSyntaxTree.ParseText(text.WithoutTests(), parse)],
            files,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release,
                nullableContextOptions: NullableContextOptions.Annotations,
                concurrentBuild: false));
        ThrowErrors(text.Tree.GetDiagnostics());
        MemoryStream message = Wire.Begin();
        using (var image = new MemoryStream())
        {
            ThrowErrors(Emit(compilation, image).Diagnostics);
            image.WriteTo(message);
        }

        if (!tests.Contains("Main", StringComparison.Ordinal))
            Verdict.End("unusable", "the tests have no method Main");
        if (text.Main is null || !text.TestsAreWhole())
            throw new WrongProgramException("the program runs into its tests");
        Wire.Send(message);
        return new TestsCompilation(text, compilation).Compile();
    }

    internal static EmitResult Emit(CSharpCompilation compilation, Stream to) =>
        compilation.Emit(to, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb));

    private static void ThrowErrors(IEnumerable<Diagnostic> diagnostics)
    {
        if (FirstError(diagnostics) is { } error)
            throw new WrongProgramException(Text(error));
    }

    internal static string Text(Diagnostic error) => $"error {error.Id}: {error.GetMessage()}";

    internal static Diagnostic? FirstError(IEnumerable<Diagnostic> diagnostics)
    {
        foreach (Diagnostic diagnostic in diagnostics)
        {
            if (diagnostic.Severity == DiagnosticSeverity.Error)
                return diagnostic;
        }

        return null;
    }
}

/// <summary>The program cannot be run, or not with these tests.</summary>
internal sealed class WrongProgramException(string message) : Exception(message);
