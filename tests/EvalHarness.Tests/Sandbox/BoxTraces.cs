using System.Globalization;

namespace EvalHarness.Tests.Sandbox;

/// <summary>
/// What the boxes that one process makes may leave on the machine: their processes, mounts, and files that attacks wrote. Others on the
/// machine, and their boxes, are not looked at: processes are known by their box's network namespace, which none of them can leave and
/// which is held open here, so that its number is given to no other; mounts by their source; files by the name that attacks give them.
/// </summary>
internal sealed class BoxTraces : IDisposable
{
    /// <summary>What the names of files begin with that attacks write.</summary>
    internal const string Mark = "left-by-attack";

    /// <summary>Where attacks try to write.</summary>
    private static readonly string[] Folders =
    [
        "/", "/usr", "/usr/bin", "/bin", "/lib", "/etc", "/dev", "/dev/shm", "/dev/mqueue", "/proc", "/tmp", "/var/tmp", Path.GetTempPath(),
        Environment.CurrentDirectory,
    ];

    private static readonly string Own = Network("self") ?? "";

    private readonly int _maker;
    private readonly Dictionary<string, FileStream> _networks = [];
    private readonly HashSet<(int Pid, string Started)> _outside = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _looking;

    /// <param name="maker">The process that starts the boxes.</param>
    internal BoxTraces(int maker)
    {
        _maker = maker;
        _looking = new Thread(Look) { IsBackground = true };
        _looking.Start();
    }

    /// <summary>Boxes seen so far.</summary>
    internal int Boxes
    {
        get
        {
            lock (_networks)
                return _networks.Count;
        }
    }

    private void Look()
    {
        while (!_stop.IsCancellationRequested)
        {
            foreach (int pid in Descendants(_maker))
                Remember(pid);
            _stop.Token.WaitHandle.WaitOne(20);
        }
    }

    private void Remember(int pid)
    {
        try
        {
            lock (_networks)
            {
                if (Network($"{pid}") is { } network && network != Own)
                    _networks.TryAdd(network, new FileStream($"/proc/{pid}/ns/net", FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
                // Bubblewrap's first process stays in the machine's network namespace.
                else if (Stat(pid) is { } stat && stat.Name == "bwrap")
                    _outside.Add((pid, stat.Started));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process has ended meanwhile.
        }
    }

    /// <summary>Waits a while for ended processes to go, and gives what is still left; empty where nothing is.</summary>
    internal async Task<string[]> LeftAsync()
    {
        string[] left;
        for (int i = 0; (left = [.. Left()]).Length > 0 && i < 300; i++)
            await Task.Delay(100);
        return left;
    }

    private IEnumerable<string> Left()
    {
        foreach (int pid in Numbers("/proc"))
        {
            if (Stat(pid) is not { Ended: false } stat)
                continue;
            lock (_networks)
            {
                if (_outside.Contains((pid, stat.Started)) || (Network($"{pid}") is { } network && _networks.ContainsKey(network)))
                    yield return $"process {pid} {stat.Name}";
            }
        }

        foreach (string mount in File.ReadAllLines("/proc/self/mountinfo").Where(line => line.Split(" - ")[^1].Split(' ')[1] == "box"))
            yield return "mount " + mount;
        foreach (string file in Folders.Distinct().Where(Directory.Exists).SelectMany(
            f => Directory.EnumerateFileSystemEntries(f, Mark + "*")))
            yield return "file " + file;
    }

    /// <summary>Command lines of processes that have a text in them.</summary>
    internal static string[] CommandsWith(string text) =>
        [.. Numbers("/proc").Select(pid => Read($"/proc/{pid}/cmdline")).Where(c => c.Contains(text, StringComparison.Ordinal))];

    /// <remarks>Source: proc_pid_task_children(5).</remarks>
    private static IEnumerable<int> Descendants(int pid)
    {
        foreach (int task in Numbers($"/proc/{pid}/task"))
        {
            string[] children = Read($"/proc/{pid}/task/{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            foreach (int child in children.Select(id => int.Parse(id, CultureInfo.InvariantCulture)))
            {
                yield return child;
                foreach (int further in Descendants(child))
                    yield return further;
            }
        }
    }

    /// <summary>Gives a file of /proc; empty where its process has ended meanwhile.</summary>
    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static int[] Numbers(string folder)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(folder).Select(
                d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out int id) ? id : 0).Where(id => id > 0)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? Network(string pid)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/ns/net").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <remarks>Source: proc_pid_stat(5): fields 2, 3 and 22.</remarks>
    private static (string Name, bool Ended, string Started)? Stat(int pid)
    {
        if (Read($"/proc/{pid}/stat").Split(" (", 2) is not [_, var rest])
            return null;
        string[] parts = rest.Split(") "), fields = parts[^1].Split(' ');
        // A zombie, which has ended but whose parent has not waited for it, does not count.
        return (parts[0], fields[0] is "Z" or "X", fields[19]);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _looking.Join();
        _stop.Dispose();
        foreach (FileStream network in _networks.Values)
            network.Dispose();
    }
}
