namespace EvalHarness.Sandbox;

/// <summary>Makes boxes with unshare and mount of util-linux and chroot of coreutils.</summary>
/// <param name="privileged">Whether the other namespaces can be made without a user namespace around them.</param>
internal class UnshareBackend(bool privileged) : BoxBackend
{
    public override string Name => "unshare";

    internal override string Needs => "root with mount rights, or unprivileged user namespaces";

    public override string? Missing() => !OperatingSystem.IsLinux()
        ? "this system has no Linux namespaces"
        : MissingTool("unshare", "util-linux") ?? MissingTool("mount", "mount") ?? MissingTool("chroot", "coreutils") ?? MissingPython();

    private protected override IReadOnlyList<string> Arguments(IReadOnlyList<BoxFolder> folders) =>
    [
        "unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child=KILL",
        .. privileged ? (string[])[] : ["--user", "--map-root-user"],
        "--", "/bin/sh", "-c", Resource("unshare.sh"), "box", Python, Bootstrap, NamespaceUser(privileged),
        .. folders.SelectMany(f => (string[])[f.Host, f.Path]),
    ];
}
