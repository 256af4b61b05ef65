using System.Diagnostics;

namespace EvalHarness.Tests.Sandbox;

/// <summary>Loads every core with so many programs that only compute, until it is disposed.</summary>
internal sealed class BusyLoops(int perCore) : IDisposable
{
    private readonly Process[] _loops = [.. Enumerable.Range(0, perCore * Environment.ProcessorCount).Select(
        _ => Process.Start("/usr/bin/python3", ["-c", "while True: pass"]))];

    public void Dispose()
    {
        foreach (Process loop in _loops)
        {
            loop.Kill();
            loop.Dispose();
        }
    }
}
