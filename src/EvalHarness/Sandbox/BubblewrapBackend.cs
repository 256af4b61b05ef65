namespace EvalHarness.Sandbox;

/// <summary>Makes boxes with bubblewrap. They confine programs like those of <see cref="UnshareBackend"/>, but take fewer steps.</summary>
/// <param name="privileged">Whether the other namespaces can be made without a user namespace around them.</param>
internal class BubblewrapBackend(bool privileged) : BoxBackend
{
    public override string Name => "bwrap";

    internal override string Needs => "root with mount rights, or unprivileged user namespaces";

    public override string? Missing() => !OperatingSystem.IsLinux()
        ? "this system has no Linux namespaces"
        : MissingTool("bwrap", "bubblewrap") ?? MissingPython();

    // The box needs capabilities to make the namespaces of its programs. It takes all of them away from the programs (confine.py).
    private protected override IReadOnlyList<string> Arguments(IReadOnlyList<BoxFolder> folders) =>
    [
        "bwrap", "--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
        .. privileged ? (string[])[] : ["--unshare-user", "--uid", "0", "--gid", "0"],
        "--cap-add", "ALL", "--die-with-parent", "--new-session",
        "--clearenv", .. Variables.SelectMany(v => (string[])["--setenv", v.Name, v.Value]),
        "--ro-bind", "/usr", "/usr", .. SystemFolders(), .. folders.SelectMany(Bind),
        "--perms", "0755", "--dir", "/etc", "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache",
        // Libraries may be links through this folder, such as the one for linear algebra that numpy loads.
        "--ro-bind-try", "/etc/alternatives", "/etc/alternatives",
        "--perms", "0755", "--dir", "/dev", "--dir", "/tmp", "--proc", "/proc",
        .. ((string[])["null", "zero", "urandom"]).SelectMany(d => (string[])["--dev-bind", $"/dev/{d}", $"/dev/{d}"]),
        "--remount-ro", "/", "--chdir", "/", "--", Python, "-I", "-B", "-c", Bootstrap, NamespaceUser(privileged),
    ];

    // bubblewrap would make the folders above this one accessible to root only, so they are made first, with permissions for all.
    private static IEnumerable<string> Bind(BoxFolder folder) =>
    [
        .. folder.Path.Split('/', StringSplitOptions.RemoveEmptyEntries)
            .SkipLast(1)
            .Aggregate(new List<string>(), (above, name) => [.. above, $"{above.LastOrDefault()}/{name}"])
            .SelectMany(f => (string[])["--perms", "0755", "--dir", f]),
        "--ro-bind", folder.Host, folder.Path,
    ];

    private static IEnumerable<string> SystemFolders() => ((string[])["bin", "sbin", "lib", "lib32", "lib64"])
        .Select(name => new DirectoryInfo("/" + name)).Where(d => d.Exists)
        .SelectMany(d => d.LinkTarget is { } target ? (string[])["--symlink", target, d.FullName] : ["--ro-bind", d.FullName, d.FullName]);
}
