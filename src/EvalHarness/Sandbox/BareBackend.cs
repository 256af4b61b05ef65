namespace EvalHarness.Sandbox;

/// <summary>
/// No confinement: the interpreter runs with the rights of the user who started the run. Time, memory and output are limited, but nothing
/// keeps a program from files or the network. It is used only if it is asked for by name, together with <c>--confirm-run-unsafe-code</c>.
/// </summary>
internal class BareBackend : BoxBackend
{
    public override string Name => "none";

    public override bool Confines => false;

    internal override string Needs => "an interpreter that can fork";

    public override string? Missing() => OperatingSystem.IsLinux()
        ? MissingPython()
        : "programs without a sandbox can be limited only on Linux; use --sandbox container";

    internal override string Seen(string folder) => folder;

    private protected override IReadOnlyList<string> Arguments(IReadOnlyList<BoxFolder> folders) =>
        [Python, "-I", "-B", "-c", Bootstrap, "0", "bare"];
}
