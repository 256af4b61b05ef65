using System.Diagnostics;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace EvalHarness.Sandbox;

/// <summary>
/// Runs one Python program in its own namespaces (mount, network, process, IPC, host name): no network, no view of the machine's
/// files but a read-only /usr, a temporary folder of its own in memory, limits on time, memory, processes, file size and
/// output. Linux with util-linux; as root or, where user namespaces are allowed, as an ordinary user.
/// </summary>
public sealed class PythonSandbox
{
    private static readonly string[] Tools = ["unshare", "chroot", "setpriv", "prlimit", "mount"];

    /// <summary>128 + SIGXCPU, as a shell reports it.</summary>
    private const int ProcessorTimeSignal = 152;

    private static readonly string[] Interpreters = ["/usr/bin/python3", "/usr/local/bin/python3"];

    private readonly string _python;
    private readonly string _script;
    private readonly string _launcher;

    private PythonSandbox(string python) => (_python, _script, _launcher) = (python, Resource("sandbox.sh"), Resource("launcher.py"));

    /// <summary>For doctor and manifest.</summary>
    public string Description => $"util-linux namespaces, {_python}";

    /// <summary>Finds interpreter and tools, and runs a program to see that they work here.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Environment"/>: says what is missing.</exception>
    public static Task<PythonSandbox> OpenAsync(CancellationToken cancellationToken) => OpenAsync(Interpreters, cancellationToken);

    internal static async Task<PythonSandbox> OpenAsync(IReadOnlyList<string> interpreters, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
            throw Missing("running model-written code needs Linux namespaces, which this system lacks; leave the task out or run it on Linux");
        if (Tools.FirstOrDefault(tool => Find(tool) is null) is { } missing)
            throw Missing($"running model-written code needs {missing} (package util-linux or coreutils), which is not on the PATH; install it");
        // The system's interpreter: a version manager's shim lies outside /usr, costs a shell at every start and is not in the box.
        string python = interpreters.FirstOrDefault(File.Exists)
            ?? throw Missing($"running model-written code needs {interpreters[0]}, which is missing; install python3");
        var sandbox = new PythonSandbox(python);
        ProgramResult probe = await sandbox.RunAsync("assert 1 + 1 == 2", new ProgramLimits(), cancellationToken).ConfigureAwait(false);
        return probe.End == ProgramEnd.Passed
            ? sandbox
            : throw Missing($"the sandbox does not start here ({probe.End}: {probe.Detail}); it needs root or unprivileged user namespaces, and mount rights in them");
    }

    private static EvalException Missing(string message) => new(ExitCode.Environment, message);

    public static string? Find(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Concat(["/usr/sbin", "/sbin", "/usr/bin", "/bin"])
        .Select(folder => Path.Combine(folder, tool))
        .FirstOrDefault(File.Exists);

    public async Task<ProgramResult> RunAsync(string program, ProgramLimits limits, CancellationToken cancellationToken)
    {
        DirectoryInfo root = Directory.CreateTempSubdirectory("evalharness-box-");
        try
        {
            using var process = new Process { StartInfo = Command(root.FullName, limits) };
            process.Start();
            return await WatchAsync(process, program, limits, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // The box's mounts went with its namespace; what is left is an empty folder.
            root.Delete(recursive: true);
        }
    }

    private ProcessStartInfo Command(string root, ProgramLimits limits)
    {
        bool isRoot = Environment.IsPrivilegedProcess;
        List<string> arguments = ["--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child=KILL"];
        if (!isRoot)
            arguments.AddRange(["--user", "--map-root-user"]);
        arguments.AddRange(["--", "/bin/sh", "-c", _script, "sandbox", root, isRoot ? "root" : "user", _python,
            $"--as={limits.Memory}", ProcessorLimit(limits), _launcher]);
        var start = new ProcessStartInfo(Find("unshare")!, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["HOME"] = "/tmp";
        start.Environment["PYTHONHASHSEED"] = "0";
        return start;
    }

    /// <summary>A signal that says what it is at the limit, and one that cannot be ignored a second later.</summary>
    private static string ProcessorLimit(ProgramLimits limits)
    {
        long seconds = (long)Math.Ceiling(limits.ProcessorTime.TotalSeconds);
        return $"--cpu={seconds}:{seconds + 1}";
    }

    private static async Task<ProgramResult> WatchAsync(Process process, string program, ProgramLimits limits, CancellationToken cancellationToken)
    {
        string token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        using var wall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        wall.CancelAfter(limits.WallTime);
        try
        {
            Task<(string Text, bool Cut)> output = ReadAsync(process.StandardOutput, limits.Output, wall.Token);
            Task<(string Text, bool Cut)> errors = ReadAsync(process.StandardError, 4096, wall.Token);
            await WriteAsync(process, token + "\n" + program).ConfigureAwait(false);
            (string text, bool cut) = await output.ConfigureAwait(false);
            if (cut)
                return new ProgramResult(ProgramEnd.OutputLimit, $"more than {limits.Output} characters", text);
            string error = (await errors.ConfigureAwait(false)).Text;
            await process.WaitForExitAsync(wall.Token).ConfigureAwait(false);
            return Judge(text, token, error, process.ExitCode);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ProgramResult(ProgramEnd.TimeLimit, $"more than {limits.WallTime.TotalSeconds:0} s of wall time", "");
        }
        finally
        {
            // Ending unshare ends the box: the child is init of its process namespace and dies with its parent.
            if (!process.HasExited)
                process.Kill();
        }
    }

    private static async Task WriteAsync(Process process, string text)
    {
        try
        {
            await process.StandardInput.WriteAsync(text).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The box ended before it read the program; its exit status and standard error say why.
        }
    }

    private static async Task<(string Text, bool Cut)> ReadAsync(StreamReader reader, int limit, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        char[] buffer = new char[4096];
        while (await reader.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var count and > 0)
        {
            text.Append(buffer, 0, count);
            if (text.Length > limit)
                return (text.ToString(0, limit), true);
        }

        return (text.ToString(), false);
    }

    /// <summary>The launcher's last line is the token, which the program never sees on its way in, and a verdict.</summary>
    private static ProgramResult Judge(string output, string token, string error, int exitCode)
    {
        int mark = output.LastIndexOf("\n" + token + " ", StringComparison.Ordinal);
        string lastError = EvalException.OneLine(error.TrimEnd().Split('\n')[^1]);
        if (mark < 0)
        {
            return exitCode switch
            {
                ProcessorTimeSignal => new ProgramResult(ProgramEnd.TimeLimit, "processor time", output),
                98 => new ProgramResult(ProgramEnd.CouldNotStart, lastError, output),
                _ when !error.Contains("sandbox: started", StringComparison.Ordinal) => new ProgramResult(ProgramEnd.CouldNotStart, lastError, output),
                _ => new ProgramResult(ProgramEnd.Exited, $"status {exitCode} before its last line", output),
            };
        }

        string[] verdict = output[(mark + token.Length + 2)..].TrimEnd('\n').Split(' ', 2);
        string detail = verdict.Length > 1 ? EvalException.OneLine(verdict[1]) : "";
        ProgramEnd end = verdict[0] switch
        {
            "passed" => ProgramEnd.Passed,
            "assertion" => ProgramEnd.FailedAssertion,
            "memory" => ProgramEnd.MemoryLimit,
            _ => ProgramEnd.Exception,
        };
        return new ProgramResult(end, detail, output[..mark]);
    }

    private static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        return new StreamReader(stream).ReadToEnd();
    }
}
