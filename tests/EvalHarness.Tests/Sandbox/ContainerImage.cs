using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Sandbox;

/// <summary>
/// An image with this machine's own interpreter, made where an engine runs: nothing is downloaded. It is removed after the tests.
/// </summary>
public sealed class ContainerImage : IDisposable
{
    private static readonly List<string> Made = [];

    internal const string Name = "evalharness-tests-box";

    internal static bool IsThere(string engine)
    {
        if (BoxBackend.Find(engine) is null || ExternalProgram.Run(engine, ["info"]).ExitCode != 0)
            return false;
        Made.Add(engine);
        const string make = """
            programs="/usr/bin/python3 /bin/sh /usr/bin/yes /usr/bin/sleep /usr/bin/id"
            libraries=$(ldd $programs /usr/lib/python3*/lib-dynload/*.so | grep -o '/[^ ]*[.]so[^ ]*' | grep -v lib-dynload | sort -u)
            root=$(mktemp -d) && cd / && cp -rL --parents $programs $libraries /usr/lib/python3.* "$root" && chmod 755 "$root"
            tar -c -C "$root" --exclude=__pycache__ --exclude=test . | "$0" import - "$1"
            status=$?
            rm -rf "$root"
            exit $status
            """;
        return ExternalProgram.Run("/bin/sh", ["-c", make, engine, Name]).ExitCode == 0;
    }

    public void Dispose() => Made.ForEach(engine => ExternalProgram.Run(engine, ["rmi", "--force", Name]));
}
