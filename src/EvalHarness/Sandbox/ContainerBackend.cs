namespace EvalHarness.Sandbox;

/// <summary>
/// A container of Podman or Docker, whose image brings the interpreter: the way on systems without Linux namespaces of their own. The image
/// is never downloaded here.
/// </summary>
/// <param name="engine">podman or docker: they take the same arguments.</param>
/// <param name="image">With python3 on its path, and the tools of the languages that are to run.</param>
internal sealed class ContainerBackend(string engine, string image = ContainerBackend.DefaultImage) : BoxBackend
{
    private const string DefaultImage = "python:3-slim";

    internal static readonly string[] Engines = ["podman", "docker"];

    private readonly string _program = OperatingSystem.IsWindows() ? engine + ".exe" : engine;

    public override string Name => "container";

    internal override string Needs => $"{engine} running and the image {image} (download it once: {engine} pull {image}; another one: --sandbox container:IMAGE)";

    public override string? Missing() => MissingTool(_program, engine);

    // The engine's client finds its engine through these.
    private protected override bool Keeps(string variable) =>
        variable is "HOME" or "USERPROFILE" or "APPDATA" or "LOCALAPPDATA" or "ProgramData" or "SystemRoot" or "XDG_RUNTIME_DIR" or "XDG_DATA_HOME" or "XDG_CONFIG_HOME"
        || variable.StartsWith("DOCKER_", StringComparison.Ordinal) || variable.StartsWith("CONTAINER", StringComparison.Ordinal);

    // The rights are those that the box needs to make namespaces, and it takes them from its programs, with a filter for system calls of its own.
    private protected override IReadOnlyList<string> Arguments(IReadOnlyList<string> folders) =>
    [
        _program, "run", "--rm", "--interactive", "--pull", "never", "--network", "none", "--read-only", "--user", "0:0", "--workdir", "/", "--entrypoint", "/bin/sh",
        "--cap-drop", "ALL", .. ((string[])["SYS_ADMIN", "SETUID", "SETGID", "SETPCAP", "SYS_PTRACE", "KILL"]).SelectMany(c => (string[])["--cap-add", c]),
        "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined", "--tmpfs", "/tmp", "--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096",
        "--env", "PATH=/usr/local/bin:/usr/bin:/bin", .. Variables.SelectMany(v => (string[])["--env", $"{v.Name}={v.Value}"]),
        image, "-c", "exec python3 \"$@\"", "box", "-I", "-B", "-c", Bootstrap, User(60_000, 5_000),
    ];
}
