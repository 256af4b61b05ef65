namespace EvalHarness.Sandbox;

/// <summary>
/// No box: the interpreter as the user who started the run, with limits on time, memory per process, output, and nothing that keeps a program
/// from files or network. Only by name, and only with <c>--confirm-run-unsafe-code</c>.
/// </summary>
internal class BareBackend : BoxBackend
{
    public override string Name => "none";

    public override bool Confines => false;

    internal override string Needs => "an interpreter that can fork";

    public override string? Missing() => OperatingSystem.IsLinux() ? MissingPython() : "limits on programs without a box are those of Linux; use --sandbox container";

    private protected override IReadOnlyList<string> Arguments(IReadOnlyList<string> folders) => [Python, "-I", "-B", "-c", Bootstrap, "0", "bare"];
}
