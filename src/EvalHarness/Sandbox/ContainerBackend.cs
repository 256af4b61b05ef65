namespace EvalHarness.Sandbox;

/// <summary>
/// Makes boxes in containers of Podman or Docker, with the Python of the container's image. This also works on Windows and macOS, which
/// have no Linux namespaces themselves. The image must be there already, because it is never downloaded here.
/// </summary>
/// <param name="engine">Either podman or docker, which take the same arguments.</param>
/// <param name="image">The image, which has python3 and the tools of the languages to run on its PATH.</param>
internal sealed class ContainerBackend(string engine, string image = ContainerBackend.DefaultImage) : BoxBackend
{
    private const string DefaultImage = "python:3-slim";

    internal static readonly string[] Engines = ["podman", "docker"];

    private readonly string _program = OperatingSystem.IsWindows() ? engine + ".exe" : engine;

    public override string Name => "container";

    internal override string Needs =>
        $"{engine} running and the image {image} (download it once with: {engine} pull {image}; "
        + "or choose another one with --sandbox container:IMAGE)";

    public override string? Missing() => MissingTool(_program, engine);

    internal override string MemoryBound => $"memory of each box bounded by {engine}";

    private protected override (IReadOnlyList<string> Command, MemoryGroup? Group) Bounded(IReadOnlyList<string> command, long bytes) =>
        ([.. command.Take(2), "--memory", $"{bytes}", "--memory-swap", $"{bytes}", "--pids-limit", "256", .. command.Skip(2)], null);

    // The command podman or docker finds its settings and its engine through these variables.
    private protected override bool Keeps(string variable) =>
        variable is "HOME" or "USERPROFILE" or "APPDATA" or "LOCALAPPDATA" or "ProgramData" or "SystemRoot"
            or "XDG_RUNTIME_DIR" or "XDG_DATA_HOME" or "XDG_CONFIG_HOME"
        || variable.StartsWith("DOCKER_", StringComparison.Ordinal)
        || variable.StartsWith("CONTAINER", StringComparison.Ordinal);

    // The box needs these capabilities, and a container without seccomp and AppArmor, to make namespaces for its programs. It takes the
    // capabilities away from the programs and restricts their system calls with its own seccomp filter (confine.py).
    private protected override IReadOnlyList<string> Arguments(IReadOnlyList<BoxFolder> folders) =>
    [
        _program, "run", "--rm", "--interactive", "--pull", "never", "--network", "none", "--read-only", "--user", "0:0",
        "--workdir", "/", "--entrypoint", "/bin/sh", "--cap-drop", "ALL",
        .. ((string[])["SYS_ADMIN", "SETUID", "SETGID", "SETPCAP", "SYS_PTRACE", "KILL"]).SelectMany(c => (string[])["--cap-add", c]),
        "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined",
        "--tmpfs", "/tmp", "--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096",
        "--env", "PATH=/usr/local/bin:/usr/bin:/bin", .. Variables.SelectMany(v => (string[])["--env", $"{v.Name}={v.Value}"]),
        // The tools of a language are those of the image.
        .. folders.Where(f => !f.HasTools).SelectMany(f => (string[])["--volume", $"{f.Host}:{f.Path}:ro"]),
        image, "-c", "exec python3 \"$@\"", "box", "-I", "-B", "-c", Bootstrap, User(60_000, 5_000),
    ];
}
