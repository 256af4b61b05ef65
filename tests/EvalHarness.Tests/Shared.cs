namespace EvalHarness.Tests;

/// <summary>
/// Models and datasets that lie beside the repository on our machines. Tests that use them are skipped, with a message, where
/// they are absent: nothing in the project needs them.
/// </summary>
internal static class Shared
{
    internal static string Repository { get; } = FindRepository();

    internal static string Folder { get; } = Path.Combine(Path.GetDirectoryName(Repository)!, "shared");

    internal static string Hub => Path.Combine(Folder, "hub");

    internal static string Model(string variant) => Path.Combine(Folder, "models", $"stories260k-{variant}");

    internal static string Parity(string file) => Path.Combine(Folder, "parity", file);

    internal static string? Missing =>
        Directory.Exists(Hub) ? null : "needs models and datasets in a folder 'shared' beside the repository";

    private static string FindRepository()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "EvalHarness.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("EvalHarness.sln is not above the test assembly.");
    }
}

/// <summary>A test that uses <see cref="Shared"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute() => Skip = Shared.Missing!;
}

/// <summary>A theory that uses <see cref="Shared"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute() => Skip = Shared.Missing!;
}

/// <summary>A test that runs the system's Python; skipped, with a message, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PythonFactAttribute : FactAttribute
{
    internal const string Python = "/usr/bin/python3";

    public PythonFactAttribute() => Skip = Missing!;

    internal static string? Missing => File.Exists(Python) ? null : $"needs {Python}";
}

/// <summary>As <see cref="PythonFactAttribute"/>, with rows.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PythonTheoryAttribute : TheoryAttribute
{
    public PythonTheoryAttribute() => Skip = PythonFactAttribute.Missing!;
}

/// <summary>A theory that mounts file systems of its own; skipped, with a message, where that is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MountTheoryAttribute : TheoryAttribute
{
    public MountTheoryAttribute() =>
        Skip = Environment.IsPrivilegedProcess && EvalHarness.Sandbox.BoxBackend.Find("unshare") is not null
            ? null!
            : "needs root and util-linux, to mount a small file system";
}
