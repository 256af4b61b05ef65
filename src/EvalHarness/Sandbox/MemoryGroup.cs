using System.Globalization;
using System.Text;

namespace EvalHarness.Sandbox;

/// <summary>
/// A group of Linux's memory controller with one box in it. All memory of the box's processes counts, also files of its temporary folders
/// and what the kernel holds for them: buffers of pipes and sockets, page tables, directory entries. At the limit the kernel ends processes
/// of the group, those of the program first, because the box tells it so (<c>oom_score_adj</c>).
/// </summary>
/// <param name="folder">The group's folder.</param>
/// <param name="version">The version of the controller, 1 or 2.</param>
internal sealed class MemoryGroup(string folder, int version) : IDisposable
{
    private const int Busy = 16;

    internal string Folder => folder;

    /// <summary>
    /// How often the kernel ended a process of the group because the group had reached its limit. What it ends because the machine is out
    /// of memory, with the group below its limit, does not count.
    /// </summary>
    internal long Kills => version == 1
        ? Number("memory.failcnt", "") > 0 ? Number("memory.oom_control", "oom_kill ") : 0
        : Number("memory.events", "oom ") > 0 ? Number("memory.events", "oom_kill ") : 0;

    /// <summary>Sets the limit. Hardly any of it may be swap, which would slow down the machine's other programs.</summary>
    internal void Limit(long bytes)
    {
        static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
        Write(version == 1 ? "memory.limit_in_bytes" : "memory.max", Text(bytes));
        // These are absent where the kernel does not count swap. In version 1 the limit is that of memory and swap together; it is a little
        // higher, because the kernel counts in memory.failcnt only what runs into the limit of memory.
        if (version == 1 && File.Exists(Path.Combine(folder, "memory.memsw.limit_in_bytes")))
            Write("memory.memsw.limit_in_bytes", Text(bytes + (1 << 20)));
        if (version == 2 && File.Exists(Path.Combine(folder, "memory.swap.max")))
            Write("memory.swap.max", "0");
    }

    /// <summary>A command that first puts itself into the group, so that no process of it is ever outside.</summary>
    internal IReadOnlyList<string> Inside(IReadOnlyList<string> command) =>
        ["/bin/sh", "-c", "echo $$ >\"$0/cgroup.procs\" && exec \"$@\"", folder, .. command];

    private void Write(string name, string text)
    {
        // The kernel's files need no truncation, and do not always allow it.
        using var file = new FileStream(
            Path.Combine(folder, name), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(Encoding.ASCII.GetBytes(text));
    }

    /// <summary>The number after a word at the start of a line; 0 if there is none.</summary>
    private long Number(string name, string word)
    {
        try
        {
            string? line = File.ReadLines(Path.Combine(folder, name)).FirstOrDefault(l => l.StartsWith(word, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line[word.Length..], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>
    /// Removes the group. Its processes have ended, but the kernel may need a moment until it has forgotten them. What is left nevertheless
    /// is removed by the next process that makes groups here.
    /// </summary>
    public void Dispose()
    {
        for (int i = 0; i < 250; i++)
        {
            try
            {
                Directory.Delete(folder);
                return;
            }
            catch (IOException e) when (e.HResult == Busy)
            {
                Thread.Sleep(20);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return;
            }
        }
    }
}
