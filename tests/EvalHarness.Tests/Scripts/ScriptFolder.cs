namespace EvalHarness.Tests.Scripts;

/// <summary>A start of <c>dotnet</c> by a script.</summary>
/// <param name="Command">What the script says that it was started as; null where it says nothing.</param>
/// <param name="Device">The environment variable, which is nobody's business here.</param>
/// <param name="Arguments">Each as it came.</param>
internal sealed record DotnetCall(string? Command, string? Device, string[] Arguments);

/// <summary>
/// The start scripts as they are shipped, in a folder whose name is no easy one, beside sources that are built. The <c>dotnet</c> that
/// comes first on the PATH notes what it is given.
/// </summary>
internal sealed class ScriptFolder : IDisposable
{
    /// <summary>
    /// CALL is the number of the statement. Variables say what else to do: READ, PRINT, EXIT, BUILD_FAILS and BUILD_UNTIL (a word in the
    /// file errors).
    /// </summary>
    private const string Dotnet = """
        #!/bin/bash
        # PowerShell itself may be a .NET tool.
        case ${1:-} in *pwsh.dll) exec "$(type -ap dotnet | sed -n 2p)" "$@" ;; esac
        notes=$(dirname "$0")/../notes
        printf '%s\0' "${EVALHARNESS_COMMAND-}" "${EngineDevice-}" "$#" "$@" >>"$notes/${CALL:-0}"
        if [ "${1:-}" = msbuild ]; then
            echo 'error CS1002: ; expected'
            [ -n "${BUILD_FAILS:-}" ] && exit 1
            for try in {1..3000}; do { [ -z "${BUILD_UNTIL:-}" ] || grep -q "$BUILD_UNTIL" errors; } && break; sleep 0.1; done
            program=$(dirname "$2")/../artifacts/bin/EvalHarness.Cli/release
            mkdir -p "$program" && touch "$program/evalharness.dll"
            exit 0
        fi
        [ -n "${READ:-}" ] && cat >"$notes/input"
        [ -n "${PRINT:-}" ] && echo "$PRINT"
        exit "${EXIT:-0}"
        """;

    private readonly TemporaryFolder _folder = new();

    internal ScriptFolder()
    {
        _folder.Write("bin/dotnet", Dotnet + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder["bin/dotnet"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(_folder["notes"]);
        Directory.CreateDirectory(_folder["home"]);
        string[] files =
        [
            "src/EvalHarness.Cli/Program.cs", "datasets/sources.yaml", "datasets/evalharness/quick.parquet", "Directory.Build.props",
            "global.json", "NuGet.Config", $"artifacts/bin/EvalHarness.Cli/release/{Assembly}",
        ];
        foreach (string file in files)
            _folder.Write($"{Name}/{file}", "");
        foreach (Shell shell in (Shell[])[Shell.Bash, Shell.PowerShell])
            File.Copy(System.IO.Path.Combine(Shared.Repository, shell.Script), System.IO.Path.Combine(Path, shell.Script));
        _folder.Write($"{Name}/artifacts/built", "cpu\n");
    }

    private const string Name = "it's [a] clone";

    private const string Assembly = "evalharness.dll";

    internal string Path => _folder[Name];

    /// <summary>The program that the scripts start.</summary>
    internal string Program => System.IO.Path.Combine(Path, "artifacts", "bin", "EvalHarness.Cli", "release", Assembly);

    internal string Home => _folder["home"];

    internal string Input => File.ReadAllText(_folder["notes/input"]);

    internal string Write(string name, string text) => _folder.Write($"{Name}/{name}", text);

    internal Dictionary<string, string?> Variables(params (string Name, string? Value)[] more)
    {
        Dictionary<string, string?> variables = Shell.Quiet();
        (string, string?)[] settings =
        [
            ("PATH", $"{_folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}"), ("HOME", Home), ("EVALHARNESS_COMMAND", null),
            ("EngineDevice", null),
        ];
        foreach ((string name, string? value) in settings.Concat(more))
            variables[name] = value;
        return variables;
    }

    /// <summary>Runs what is typed in the clone.</summary>
    internal (int ExitCode, string Output, string Error) Run(Shell shell, string typed, params (string Name, string? Value)[] variables) =>
        shell.Run(typed, Path, Variables(variables));

    /// <summary>
    /// Runs statements in one session, from a file. RUN is the script's name; <see cref="Calls"/> knows them by their number.
    /// </summary>
    internal (int ExitCode, string Output, string Error) RunAll(Shell shell, string before, params IReadOnlyList<string> statements)
    {
        string number = shell == Shell.Bash ? "export CALL" : "$env:CALL";
        IEnumerable<string> lines = statements.Select((s, i) => $"{number}={i}\n{s}");
        string file = Write(
            $"typed{System.IO.Path.GetExtension(shell.Script)}",
            $"{before}\n{string.Join('\n', lines)}\n".Replace("RUN", $"./{shell.Script}", StringComparison.Ordinal));
        return Run(shell, $"{(shell == Shell.Bash ? "bash " : "")}./{System.IO.Path.GetFileName(file)}");
    }

    /// <summary>Gives the starts since the last call of this method, of the statement with this number.</summary>
    internal IReadOnlyList<DotnetCall> Calls(int statement = 0)
    {
        string file = _folder[$"notes/{statement}"];
        if (!File.Exists(file))
            return [];
        var calls = new List<DotnetCall>();
        string[] fields = File.ReadAllText(file).Split('\0')[..^1];
        File.Delete(file);
        static string? Known(string text) => text.Length == 0 ? null : text;
        for (int i = 0; i < fields.Length; i += 3 + calls[^1].Arguments.Length)
            calls.Add(new DotnetCall(Known(fields[i]), Known(fields[i + 1]), fields[(i + 3)..(i + 3 + int.Parse(fields[i + 2], null))]));
        return calls;
    }

    public void Dispose() => _folder.Dispose();
}
