using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace EvalHarness.Sandbox;

/// <summary>
/// A tool that makes boxes. Every backend starts a Python interpreter with the same files (<c>Box/*.py</c>) and the rights that it
/// needs to make namespaces for each program. The same contract test, a collection of attacks, runs for every backend that a machine has.
/// </summary>
internal abstract class BoxBackend
{
    /// <summary>
    /// The system's Python. The shim of a version manager, which PATH may name, would start a shell first and lies outside /usr, where a
    /// box does not see it.
    /// </summary>
    private static readonly string[] Interpreters = ["/usr/bin/python3", "/usr/local/bin/python3"];

    /// <summary>
    /// Python source that reads box.py from standard input and runs it. Passed as an argument, box.py would clutter the list of processes.
    /// It reads no more than it needs, because other processes read what follows.
    /// </summary>
    private protected const string Bootstrap =
        """
        import os
        source = os.dup(0)
        def exactly(end, length):
            data = bytearray()
            while len(data) < length and (more := os.read(end, length - len(data))):
                data += more
            return bytes(data)
        def take(end):
            return exactly(end, int.from_bytes(exactly(end, 4), 'big'))
        exec(compile(take(source), 'box.py', 'exec'))
        """;

    /// <summary>
    /// The environment variables of the box's interpreter. MALLOC_ARENA_MAX is set because a separate heap for each thread would use up
    /// the address space that a program is allowed.
    /// </summary>
    private protected static readonly (string Name, string Value)[] Variables =
        [("LC_ALL", "C.UTF-8"), ("PYTHONHASHSEED", "0"), ("MALLOC_ARENA_MAX", "2")];

    private static int s_boxes = Environment.ProcessId % 1_000 * 50;

    /// <summary>
    /// Whether this process may make namespaces without a user namespace around them. This is normally true for root outside containers.
    /// </summary>
    internal static readonly bool IsPrivileged = HasCapabilities();

    /// <summary>All backends, the best one first.</summary>
    public static IReadOnlyList<BoxBackend> All { get; } =
    [
        new BubblewrapBackend(IsPrivileged),
        new UnshareBackend(IsPrivileged),
        .. ContainerBackend.Engines.Select(e => new ContainerBackend(e)),
        new BareBackend(),
    ];

    /// <summary>The backends that an argument of <c>--sandbox</c> stands for, the best one first.</summary>
    /// <param name="name">The name of a backend, container:IMAGE, or auto for all backends that confine programs.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: there is no backend of that name.</exception>
    internal static IReadOnlyList<BoxBackend> Named(string name) => name switch
    {
        "auto" => [.. All.Where(b => b.Confines)],
        _ when name.StartsWith("container:", StringComparison.Ordinal) && name.Length > 10 =>
            [.. ContainerBackend.Engines.Select(e => new ContainerBackend(e, name[10..]))],
        _ => All.Where(b => b.Name == name).ToList() is { Count: > 0 } backends
            ? backends
            : throw new EvalException(
                ExitCode.Usage,
                $"--sandbox {name}: expected auto, container:IMAGE, {string.Join(", ", All.Select(b => b.Name).Distinct())}"),
    };

    /// <summary>The Python source that the box's interpreter runs.</summary>
    internal static string Program { get; } = string.Join(
        '\n',
        ((string[])
        [
            "confine.py", "values.py", "remote.py", "peer.py", "split.py", "program.py", "usage.py", "interpreter.py", "box.py",
        ]).Select(Resource));

    /// <summary>The name of the backend in <c>--sandbox NAME</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the backend keeps programs from files, the network and other processes.</summary>
    public virtual bool Confines => true;

    /// <summary>
    /// What this machine lacks to use the backend, in one line; null if nothing is obviously missing. Only starting a box shows whether
    /// the backend really works.
    /// </summary>
    public abstract string? Missing();

    /// <summary>What the backend needs to start a box, for the message that it does not start.</summary>
    internal abstract string Needs { get; }

    /// <summary>The path under which a session sees the folder with the task files.</summary>
    /// <param name="folder">The path of the folder outside the box.</param>
    internal virtual string Seen(string folder) => "/task";

    /// <summary>The command that starts a box, with its arguments.</summary>
    /// <param name="folders">Folders outside /usr that the programs can see, read-only.</param>
    private protected abstract IReadOnlyList<string> Arguments(IReadOnlyList<BoxFolder> folders);

    /// <summary>Where the groups are made that hold the memory of boxes. Tests set one that makes none.</summary>
    internal MemoryGroupPlace Groups { get; init; } = MemoryGroupPlace.Here;

    /// <summary>What bounds the memory of a whole box, or why nothing does, for the command doctor and for the run's manifest.</summary>
    internal virtual string MemoryBound => Groups.Problem is { } problem
        ? $"no memory group ({problem}), so memory is bounded by looking at it every 10 ms"
        : $"memory of each box bounded by a group (version {Groups.Version})";

    /// <summary>
    /// The bytes that a box may hold while it runs a program: what all its processes may, a temporary folder for it and one for its tests,
    /// and 128 MiB for the box's own processes and what the kernel holds.
    /// </summary>
    internal static long BoxMemory(ProgramLimits limits) => limits.TotalMemory + (2 * limits.Disk) + (128L << 20);

    /// <summary>Bounds the memory of the box that a command starts.</summary>
    /// <param name="command">The command.</param>
    /// <param name="bytes">How much the box may hold.</param>
    /// <returns>The command that does so, and the group of the box if there is one.</returns>
    private protected virtual (IReadOnlyList<string> Command, MemoryGroup? Group) Bounded(IReadOnlyList<string> command, long bytes)
    {
        MemoryGroup? group = Groups.Make(bytes);
        return (group?.Inside([Find(command[0])!, .. command.Skip(1)]) ?? command, group);
    }

    /// <summary>Starts the process of a box, which waits for the source that it is to run.</summary>
    /// <param name="folders">Folders outside /usr that the programs can see, read-only.</param>
    /// <param name="bytes">The bytes that all of the box may hold (<see cref="BoxMemory"/>).</param>
    internal (Process Process, MemoryGroup? Group) Start(IReadOnlyList<BoxFolder> folders, long bytes)
    {
        (ProcessStartInfo start, MemoryGroup? group) = Command(folders, bytes);
        var process = new Process { StartInfo = start };
        try
        {
            StartingThread.Run(() => process.Start());
            return (process, group);
        }
        catch
        {
            process.Dispose();
            group?.Dispose();
            throw;
        }
    }

    private (ProcessStartInfo Start, MemoryGroup? Group) Command(IReadOnlyList<BoxFolder> folders, long bytes)
    {
        (IReadOnlyList<string> command, MemoryGroup? group) = Bounded(Arguments(folders), bytes);
        var start = new ProcessStartInfo(Find(command[0])!, command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        // No variable of the caller reaches the box, not even through the memory of the box's first process.
        foreach (string name in start.Environment.Keys.Where(name => !Keeps(name)).ToList())
            start.Environment.Remove(name);
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        foreach ((string name, string value) in Variables)
            start.Environment[name] = value;
        return (start, group);
    }

    /// <summary>
    /// Whether the tool that makes the box needs an environment variable of the caller. The tool does not pass it on into the box.
    /// </summary>
    private protected virtual bool Keeps(string variable) => false;

    /// <summary>The path of a tool on PATH or in one of the system's own folders; null if it is not installed.</summary>
    public static string? Find(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(["/usr/sbin", "/sbin", "/usr/bin", "/bin"])
        .Select(folder => Path.Combine(folder, tool))
        .FirstOrDefault(File.Exists);

    internal static string Python => Interpreters.FirstOrDefault(File.Exists) ?? Interpreters[0];

    private protected static string? MissingPython() =>
        Interpreters.Any(File.Exists) ? null : $"{Interpreters[0]} is missing (package python3)";

    private protected static string? MissingTool(string tool, string package) =>
        Find(tool) is null ? $"{tool} is missing (package {package})" : null;

    private static bool HasCapabilities()
    {
        const int setGid = 6, setUid = 7, setPcap = 8, sysChroot = 18, sysAdmin = 21;
        const string prefix = "CapEff:";
        string? line = OperatingSystem.IsLinux()
            ? File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(prefix, StringComparison.Ordinal))
            : null;
        long effective = line is null ? 0 : long.Parse(line[prefix.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return Environment.IsPrivilegedProcess
            && ((int[])[setGid, setUid, setPcap, sysChroot, sysAdmin]).All(bit => (effective >> bit & 1) == 1);
    }

    /// <summary>
    /// The user id of a new box, outside the range that accounts use. Every box has a different one, because the kernel counts processes
    /// by user.
    /// </summary>
    private protected static string User(int first, int count) =>
        (first + Interlocked.Increment(ref s_boxes) % count).ToString(CultureInfo.InvariantCulture);

    /// <summary>The user id of a new box. Inside a user namespace, which an unprivileged backend makes, only user 0 exists.</summary>
    private protected static string NamespaceUser(bool privileged) => privileged ? User(2_000_000_000, 100_000) : "0";

    internal static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        return new StreamReader(stream).ReadToEnd();
    }
}
