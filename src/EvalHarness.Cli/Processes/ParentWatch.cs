using System.Diagnostics;
using System.Globalization;

namespace EvalHarness.Cli.Processes;

/// <summary>
/// A program that another one of its kind started ends with it, also where that was killed: two would otherwise work in one folder after
/// a restart. It reads a pipe that the system closes with its other end, which works alike on every system.
/// </summary>
internal static class ParentWatch
{
    /// <summary>Set by the one that starts.</summary>
    internal const string Variable = "EVALHARNESS_PARENT";

    internal static void Start()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
            return;
        // Programs that this one starts have their own standard input.
        Environment.SetEnvironmentVariable(Variable, null);
        new Thread(Watch) { IsBackground = true, Name = "parent watch" }.Start();
    }

    private static void Watch()
    {
        using Stream input = Console.OpenStandardInput();
        byte[] buffer = new byte[64];
        while (input.Read(buffer) > 0)
        {
        }

        foreach (int child in Children())
            Kill(child);
        using var own = Process.GetCurrentProcess();
        own.Kill();
    }

    /// <summary>Graders and the like. Linux tells them; elsewhere they are left to end by themselves.</summary>
    /// <remarks>Source: proc_pid_task_children(5).</remarks>
    private static IEnumerable<int> Children() => Directory.Exists("/proc/self/task")
        ? Directory.EnumerateDirectories("/proc/self/task")
            .SelectMany(t => File.ReadAllText(Path.Combine(t, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture))
        : [];

    private static void Kill(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e)
            when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException)
        {
            // It ended meanwhile, which is what was wanted.
        }
    }
}
