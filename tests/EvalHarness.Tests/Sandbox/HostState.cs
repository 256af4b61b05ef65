namespace EvalHarness.Tests.Sandbox;

/// <summary>Tests that look at the whole machine, and so run when no other does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>What programs might leave on a machine: processes, mounts, network namespaces, files in the temporary folder and among the system's own.</summary>
internal sealed record HostState(string[] Things, DateTime Time)
{
    /// <summary>Engines of containers keep these; they are not of a program's making.</summary>
    private static readonly string[] Engines = ["dockerd", "containerd", "podman", "conmon"];

    /// <summary>What .NET puts into the temporary folder for each of its processes.</summary>
    private static readonly string[] Runtime = ["clr-debug-pipe-", "dotnet-diagnostic-"];

    internal static HostState Read() => new(
        [
            .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => name!.All(char.IsDigit)).SelectMany(pid => Process(pid!)),
            .. File.ReadAllLines("/proc/self/mountinfo").Select(line => "mount " + line),
            .. Directory.EnumerateFileSystemEntries(Path.GetTempPath()).Where(f => !Runtime.Any(r => Path.GetFileName(f).StartsWith(r, StringComparison.Ordinal))).Select(f => "file " + f),
            .. Directory.EnumerateFileSystemEntries("/dev/shm").Select(f => "file " + f),
        ],
        DateTime.UtcNow);

    private static string[] Process(string pid)
    {
        try
        {
            string name = File.ReadAllText($"/proc/{pid}/comm").Trim();
            // One that has ended and whose parent has not looked yet is no process any more.
            string[] state = File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].Split(' ');
            string network = new FileInfo($"/proc/{pid}/ns/net").LinkTarget!;
            // Programs and what makes boxes have a network namespace of their own, bubblewrap's first process apart; others on the machine may come and go.
            bool ended = state[0] == "Z", ofABox = network != new FileInfo("/proc/self/ns/net").LinkTarget || name == "bwrap";
            return ended || !ofABox || Engines.Any(e => name.StartsWith(e, StringComparison.Ordinal)) ? [] : [$"process {pid} {name}", $"network namespace {network}"];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    internal IEnumerable<string> Added(HostState before) => Things.Except(before.Things);

    /// <summary>Files of the system that are newer than this.</summary>
    internal string[] ChangedFiles() =>
        ExternalProgram.Run("find", ["/usr", "/etc", "/opt", "/srv", "/bin", "/lib", "-xdev", "-type", "f", "-newermt", Time.ToString("yyyy-MM-dd HH:mm:ss.fff 'UTC'", null)]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
