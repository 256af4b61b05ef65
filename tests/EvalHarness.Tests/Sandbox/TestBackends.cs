using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Sandbox;

/// <summary>Every kind of box that this machine can make: as who runs the tests, as an ordinary user where root runs them, and in a container.</summary>
public static class TestBackends
{
    /// <summary>As nobody: what <c>setpriv</c> starts has no right of root's.</summary>
    private static readonly string[] AsNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];

    private static readonly Lazy<Dictionary<string, BoxBackend>> Working = new(() =>
    {
        Dictionary<string, BoxBackend> all = BoxBackend.All.Where(b => b.Name is "bwrap" or "unshare").ToDictionary(b => b.Name);
        if (Environment.IsPrivilegedProcess)
        {
            all["bwrap as an ordinary user"] = new BubblewrapAsNobody();
            all["unshare as an ordinary user"] = new UnshareAsNobody();
        }

        foreach (string engine in ContainerBackend.Engines)
            all[$"container of {engine}"] = new ContainerBackend(engine, ContainerImage.Name);
        return all.Where(b => b.Value.Missing() is null && (b.Value is not ContainerBackend || ContainerImage.IsThere(b.Key.Split(' ')[^1])) && Starts(b.Value)).ToDictionary();
    });

    internal static IReadOnlyDictionary<string, BoxBackend> All => Working.Value;

    public static TheoryData<string> Names => [.. All.Keys];

    /// <summary>Those that take tools from this machine.</summary>
    public static TheoryData<string> NamesWithoutImage => [.. All.Where(b => b.Value is not ContainerBackend).Select(b => b.Key)];

    private static bool Starts(BoxBackend backend) => Task.Run(async () =>
    {
        (ProgramSandbox? sandbox, _) = await ProgramSandbox.TryOpenAsync([backend], [], CancellationToken.None);
        if (sandbox is not null)
            await sandbox.DisposeAsync();
        return sandbox is not null;
    }).GetAwaiter().GetResult();

    private sealed class BubblewrapAsNobody() : BubblewrapBackend(privileged: false)
    {
        private protected override IReadOnlyList<string> Arguments(IReadOnlyList<string> folders) => [.. AsNobody, .. base.Arguments(folders)];
    }

    private sealed class UnshareAsNobody() : UnshareBackend(privileged: false)
    {
        private protected override IReadOnlyList<string> Arguments(IReadOnlyList<string> folders) => [.. AsNobody, .. base.Arguments(folders)];
    }
}

/// <summary>A theory over <see cref="TestBackends"/>; skipped, with a message, where no box can be made.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SandboxTheoryAttribute : TheoryAttribute
{
    public SandboxTheoryAttribute() => Skip = TestBackends.All.Count > 0 ? null! : "needs bubblewrap or util-linux, and the right to make namespaces";
}
