using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace EvalHarness.Sandbox;

/// <summary>
/// What a box is made with. Every backend starts the same interpreter with the same three files (<c>Box/*.py</c>) and
/// gives it the rights it needs to make namespaces for each program. One contract test, the attacks, runs over all that a machine has.
/// </summary>
public abstract class BoxBackend
{
    /// <summary>The system's: a version manager's shim lies outside /usr, costs a shell at every start and is not in the box.</summary>
    private static readonly string[] Interpreters = ["/usr/bin/python3", "/usr/local/bin/python3"];

    /// <summary>Reads the program that it then runs from standard input, so that the list of processes stays readable.</summary>
    private protected const string Bootstrap =
        "import os; source = open(os.dup(0), 'rb', closefd=False); exec(compile(source.read(int.from_bytes(source.read(4), 'big')), 'box.py', 'exec'))";

    /// <summary>Of the box's interpreter. A heap of its own for each thread would take its addresses from what the program may have.</summary>
    private protected static readonly (string Name, string Value)[] Variables = [("LC_ALL", "C.UTF-8"), ("PYTHONHASHSEED", "0"), ("MALLOC_ARENA_MAX", "2")];

    private static int s_boxes = Environment.ProcessId % 1_000 * 50;

    /// <summary>May make namespaces without a user namespace around them: root outside containers.</summary>
    private static readonly bool IsPrivileged = HasCapabilities();

    /// <summary>Best first; those that confine nothing are asked for by name only.</summary>
    public static IReadOnlyList<BoxBackend> All { get; } = [new BubblewrapBackend(IsPrivileged), new UnshareBackend(IsPrivileged), .. ContainerBackend.Engines.Select(e => new ContainerBackend(e)), new BareBackend()];

    /// <param name="name">auto for all that confine; container:IMAGE for one with another image.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: there is none of that name.</exception>
    internal static IReadOnlyList<BoxBackend> Named(string name) => name switch
    {
        "auto" => [.. All.Where(b => b.Confines)],
        _ when name.StartsWith("container:", StringComparison.Ordinal) && name.Length > 10 => [.. ContainerBackend.Engines.Select(e => new ContainerBackend(e, name[10..]))],
        _ => All.Where(b => b.Name == name).ToList() is { Count: > 0 } backends
            ? backends
            : throw new EvalException(ExitCode.Usage, $"--sandbox {name}: expected auto, container:IMAGE, {string.Join(", ", All.Select(b => b.Name).Distinct())}"),
    };

    /// <summary>What the box runs.</summary>
    internal static string Program { get; } = string.Join('\n', ((string[])["confine.py", "program.py", "box.py"]).Select(Resource));

    /// <summary>As in <c>--sandbox NAME</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Keeps programs from files, network and other processes.</summary>
    public virtual bool Confines => true;

    /// <summary>What would have to be there and is not, in a line; null where nothing is missing. Whether a box really starts is found out by starting one.</summary>
    public abstract string? Missing();

    /// <summary>What it needs to start, for the message when it does not.</summary>
    internal abstract string Needs { get; }

    /// <param name="folders">Outside /usr, to be seen inside, read-only.</param>
    private protected abstract IReadOnlyList<string> Arguments(IReadOnlyList<string> folders);

    internal ProcessStartInfo Command(IReadOnlyList<string> folders)
    {
        IReadOnlyList<string> command = Arguments(folders);
        var start = new ProcessStartInfo(Find(command[0])!, command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        // The caller's environment stays outside, also of the memory of the box's first process.
        foreach (string name in start.Environment.Keys.Where(name => !Keeps(name)).ToList())
            start.Environment.Remove(name);
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        foreach ((string name, string value) in Variables)
            start.Environment[name] = value;
        return start;
    }

    /// <summary>Variables of the caller that the program which makes the box needs; they are not passed on to what is in it.</summary>
    private protected virtual bool Keeps(string variable) => false;

    /// <summary>Where a tool lies, on PATH or where systems keep their own.</summary>
    public static string? Find(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(["/usr/sbin", "/sbin", "/usr/bin", "/bin"])
        .Select(folder => Path.Combine(folder, tool))
        .FirstOrDefault(File.Exists);

    internal static string Python => Interpreters.FirstOrDefault(File.Exists) ?? Interpreters[0];

    private protected static string? MissingPython() => Interpreters.Any(File.Exists) ? null : $"{Interpreters[0]} is missing (package python3)";

    private protected static string? MissingTool(string tool, string package) => Find(tool) is null ? $"{tool} is missing (package {package})" : null;


    private static bool HasCapabilities()
    {
        const int setGid = 6, setUid = 7, setPcap = 8, sysChroot = 18, sysAdmin = 21;
        string? line = OperatingSystem.IsLinux() ? File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("CapEff:", StringComparison.Ordinal)) : null;
        long effective = line is null ? 0 : long.Parse(line["CapEff:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return Environment.IsPrivilegedProcess && ((int[])[setGid, setUid, setPcap, sysChroot, sysAdmin]).All(bit => (effective >> bit & 1) == 1);
    }

    /// <summary>Each box has a user of its own, far from any that an account has, because the kernel counts processes by user; inside a user namespace there is only one.</summary>
    private protected static string User(int first, int count) => (first + Interlocked.Increment(ref s_boxes) % count).ToString(CultureInfo.InvariantCulture);

    private protected static string NamespaceUser(bool privileged) => privileged ? User(2_000_000_000, 100_000) : "0";

    private protected static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        return new StreamReader(stream).ReadToEnd();
    }
}
