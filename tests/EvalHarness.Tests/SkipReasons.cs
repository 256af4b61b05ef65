using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework("EvalHarness.Tests.SkipReasons", "EvalHarness.Tests")]

namespace EvalHarness.Tests;

/// <summary>Prints the reason beside the name of each skipped test, which 'dotnet test' does not do.</summary>
public sealed class SkipReasons(IMessageSink diagnostics) : XunitTestFramework(diagnostics)
{
    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(AssemblyName assembly, ISourceInformationProvider sources, IMessageSink diagnostics)
        : XunitTestFrameworkExecutor(assembly, sources, diagnostics)
    {
        protected override void RunTestCases(
            IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions) =>
            base.RunTestCases(testCases, new Sink(executionMessageSink, DiagnosticMessageSink), executionOptions);
    }

    private sealed class Sink(IMessageSink inner, IMessageSink diagnostics) : LongLivedMarshalByRefObject, IMessageSink
    {
        public bool OnMessage(IMessageSinkMessage message)
        {
            if (message is ITestSkipped skipped)
                diagnostics.OnMessage(new DiagnosticMessage($"skipped, {skipped.Reason}: {skipped.Test.DisplayName}"));
            return inner.OnMessage(message);
        }
    }
}
