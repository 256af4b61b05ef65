using System.Globalization;

namespace EvalHarness.Sandbox;

/// <summary>
/// Where on this machine memory groups can be made: below this process's own group of Linux's memory controller (version 1, as root), or in
/// the nearest group above that shares its memory out (version 2, as root or where the group is delegated to the user).
/// </summary>
/// <remarks>
/// Source: Documentation/admin-guide/cgroup-v1/memory.rst and admin-guide/cgroup-v2.rst of the Linux kernel, proc_pid_mountinfo(5).
/// </remarks>
internal sealed class MemoryGroupPlace
{
    private const string Prefix = "evalharness-";

    private static readonly Lazy<MemoryGroupPlace> OfThisProcess = new(() => OperatingSystem.IsLinux()
        ? Find(File.ReadAllText("/proc/self/cgroup"), File.ReadAllText("/proc/self/mountinfo"))
        : new MemoryGroupPlace("this system has no memory groups"));

    private static readonly string OwnName = $"{Prefix}{Environment.ProcessId}-{Started(Environment.ProcessId)}";

    private static int s_made;

    private readonly string _folder = "";

    internal MemoryGroupPlace(string problem) => Problem = problem;

    private MemoryGroupPlace(string folder, int version) => (_folder, Version) = (folder, version);

    /// <summary>The place for groups of this process; looked for once.</summary>
    internal static MemoryGroupPlace Here => OfThisProcess.Value;

    /// <summary>Why no groups can be made, in one line; null if they can.</summary>
    internal string? Problem { get; }

    /// <summary>The version of the controller, 1 or 2; 0 if there is none.</summary>
    internal int Version { get; }

    /// <summary>Finds the place, tries it, and removes what earlier processes that were killed left there.</summary>
    /// <param name="groups">The text of /proc/self/cgroup.</param>
    /// <param name="mounts">The text of /proc/self/mountinfo.</param>
    internal static MemoryGroupPlace Find(string groups, string mounts)
    {
        string[][] own = [.. groups.Split('\n').Select(l => l.Split(':', 3)).Where(f => f.Length == 3)];
        string? first = own.FirstOrDefault(f => f[1].Split(',').Contains("memory"))?[2];
        if (first is not null)
        {
            (string top, string? folder) = Folder(mounts, first, (kind, options) => kind == "cgroup" && options.Contains("memory"));
            return folder is null ? new MemoryGroupPlace("the memory controller is not mounted") : Try(top, folder, 1);
        }

        if (own.FirstOrDefault(f => f[0] == "0")?[2] is not { } second)
            return new MemoryGroupPlace("this kernel has no memory controller");
        (string root, string? leaf) = Folder(mounts, second, (kind, _) => kind == "cgroup2");
        return leaf is null ? new MemoryGroupPlace("the memory controller is not mounted") : FindSecond(root, leaf);
    }

    /// <summary>
    /// In version 2 a group with processes in it cannot share its memory out, except the top one. So the place is the own group only if it
    /// does already or if this process, alone in it, can move into a group below; else the nearest group above that does, as long as no
    /// limit of memory is left behind.
    /// </summary>
    private static MemoryGroupPlace FindSecond(string root, string own)
    {
        string problem = "";
        for (string folder = own; ; folder = Path.GetDirectoryName(folder)!)
        {
            bool shares = Read(folder, "cgroup.subtree_control").Split().Contains("memory") || (folder == own && ShareOut(folder));
            MemoryGroupPlace place = shares
                ? Try(root, folder, 2)
                : new MemoryGroupPlace($"{folder} does not share its memory out (memory is not in its cgroup.subtree_control)");
            if (place.Problem is null)
                return place;
            // The own group's reason says the most about what to do.
            problem = problem.Length > 0 ? problem : place.Problem;
            if (folder.Length <= root.Length || Read(folder, "memory.max") is not ("" or "max"))
            {
                return new MemoryGroupPlace(
                    $"{problem}; systemd-run --user --scope -p Delegate=yes COMMAND gives COMMAND a group that does");
            }
        }
    }

    /// <summary>
    /// Moves this process, if it is alone in its group, into a group below, so that the own one can share its memory out.
    /// </summary>
    private static bool ShareOut(string folder)
    {
        string id = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        if (Read(folder, "cgroup.procs") != id || !Read(folder, "cgroup.controllers").Split().Contains("memory"))
            return false;
        string below = Path.Combine(folder, OwnName + "-0");
        try
        {
            Directory.CreateDirectory(below);
            File.WriteAllText(Path.Combine(below, "cgroup.procs"), id);
            File.WriteAllText(Path.Combine(folder, "cgroup.subtree_control"), "+memory");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static MemoryGroupPlace Try(string top, string folder, int version)
    {
        Sweep(top);
        var place = new MemoryGroupPlace(folder, version);
        try
        {
            using MemoryGroup group = place.MakeOrThrow(1L << 30);
            return place;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new MemoryGroupPlace($"no group can be made in {folder}: {EvalException.OneLine(e.Message)}");
        }
    }

    /// <summary>Makes a group that holds at most so many bytes, the kernel's own memory for its processes included.</summary>
    /// <returns>Null if no groups can be made here.</returns>
    internal MemoryGroup? Make(long bytes) => Problem is null ? MakeOrThrow(bytes) : null;

    private MemoryGroup MakeOrThrow(long bytes)
    {
        string folder = Path.Combine(_folder, FormattableString.Invariant($"{OwnName}-{Interlocked.Increment(ref s_made)}"));
        Directory.CreateDirectory(folder);
        var group = new MemoryGroup(folder, Version);
        try
        {
            group.Limit(bytes);
            return group;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            group.Dispose();
            throw;
        }
    }

    /// <summary>Removes groups whose maker was killed before it could: their names hold its process id and its start.</summary>
    private static void Sweep(string top)
    {
        var everywhere = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
        foreach (string folder in Directory.EnumerateDirectories(top, Prefix + "*", everywhere).ToList())
        {
            string[] parts = Path.GetFileName(folder)[Prefix.Length..].Split('-');
            if (parts.Length != 3 || !int.TryParse(parts[0], CultureInfo.InvariantCulture, out int id) || Started(id) == parts[1])
                continue;
            try
            {
                Directory.Delete(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It still has processes, as the group of a process in another container has, or belongs to another user.
            }
        }
    }

    /// <summary>When a process started, in clock ticks since the machine did; empty if there is none.</summary>
    private static string Started(int id)
    {
        string stat = Read($"/proc/{id}", "stat");
        return stat.Length == 0 ? "" : stat.Split(") ")[^1].Split(' ')[19];
    }

    /// <summary>The folder of the mount, and that of a group below it; null if the group is not visible there.</summary>
    private static (string Top, string? Folder) Folder(string mounts, string group, Func<string, string[], bool> isIt)
    {
        foreach (string line in mounts.Split('\n'))
        {
            string[] halves = line.Split(" - ", 2), left = halves[0].Split(' ');
            if (halves.Length != 2 || halves[1].Split(' ') is not { Length: 3 } right || !isIt(right[0], right[2].Split(',')))
                continue;
            string root = left[3].TrimEnd('/'), top = left[4];
            if ($"{group}/".StartsWith($"{root}/", StringComparison.Ordinal))
                return (top, top + group[root.Length..].TrimEnd('/'));
        }

        return ("", null);
    }

    private static string Read(string folder, string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, name)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
