using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Sandbox;

/// <summary>Every kind of box there is: as who runs the tests, as an ordinary user where root runs them, and in a container.</summary>
public static class TestBackends
{
    /// <summary>Makes boxes as the user nobody, without root's rights, by <c>setpriv</c>.</summary>
    private static readonly string[] AsNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];

    private static readonly MemoryGroupPlace NoGroups = new("the test makes none");

    private static readonly Lazy<Dictionary<string, (BoxBackend Backend, string? Missing)>> Kinds = new(() =>
    {
        IEnumerable<(string Name, BoxBackend Backend)> own = BoxBackend.All.Where(b => b.Name is "bwrap" or "unshare")
            .Select(b => (b.Name, b));
        (string, BoxBackend)[] nobody =
            [
            ("bwrap as an ordinary user", new BubblewrapAsNobody { Groups = NoGroups }),
            ("unshare as an ordinary user", new UnshareAsNobody { Groups = NoGroups }),
        ];
        // Root's memory groups would hold these boxes as well, but an ordinary user mostly has none.
        (string, BoxBackend)[] withoutGroup =
            [("bwrap without a memory group", new BubblewrapBackend(BoxBackend.IsPrivileged) { Groups = NoGroups })];
        IEnumerable<(string, BoxBackend)> containers = ContainerBackend.Engines.Select(
            e => ($"container of {e}", (BoxBackend)new ContainerBackend(e, ContainerImage.Name)));
        return own.Concat(withoutGroup).Concat(nobody).Concat(containers).ToDictionary(k => k.Item1, k => (k.Item2, Why(k.Item1, k.Item2)));
    });

    /// <summary>The backends that work on this machine.</summary>
    internal static IReadOnlyDictionary<string, BoxBackend> All =>
        Kinds.Value.Where(k => k.Value.Missing is null).ToDictionary(k => k.Key, k => k.Value.Backend);

    public static TheoryData<string> Names => [.. Kinds.Value.Keys];

    /// <summary>Also the one that makes no box.</summary>
    public static TheoryData<string> NamesAndNone => [.. Kinds.Value.Keys, "none"];

    /// <summary>The backends that take their tools from this machine.</summary>
    public static TheoryData<string> NamesWithoutImage =>
        [.. Kinds.Value.Where(b => b.Value.Backend is not ContainerBackend).Select(b => b.Key)];

    /// <summary>The backend; where this machine cannot make such a box, the test is skipped and says what is missing.</summary>
    internal static BoxBackend Require(string name)
    {
        (BoxBackend backend, string? missing) = Kinds.Value[name];
        Skip.If(missing is not null, $"{name}: {missing}");
        return backend;
    }

    /// <summary>Why a machine cannot make such a box; null where it can.</summary>
    private static string? Why(string name, BoxBackend backend)
    {
        if (backend.Missing() is { } missing)
            return missing;
        if (backend is BubblewrapAsNobody or UnshareAsNobody && !Environment.IsPrivilegedProcess)
            return "needs root, to become an ordinary user";
        if (backend is ContainerBackend && !ContainerImage.IsThere(name.Split(' ')[^1]))
            return "its engine does not run";
        return Task.Run(async () =>
        {
            (ProgramSandbox? sandbox, string problem) = await ProgramSandbox.TryOpenAsync([backend], [], CancellationToken.None);
            if (sandbox is not null)
                await sandbox.DisposeAsync();
            return sandbox is null ? problem : null;
        }).GetAwaiter().GetResult();
    }

    private sealed class BubblewrapAsNobody() : BubblewrapBackend(privileged: false)
    {
        private protected override IReadOnlyList<string> Arguments(IReadOnlyList<BoxFolder> folders) =>
            [.. AsNobody, .. base.Arguments(folders)];
    }

    private sealed class UnshareAsNobody() : UnshareBackend(privileged: false)
    {
        private protected override IReadOnlyList<string> Arguments(IReadOnlyList<BoxFolder> folders) =>
            [.. AsNobody, .. base.Arguments(folders)];
    }
}
