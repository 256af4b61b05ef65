using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Cli.Slurm;

/// <summary>
/// A folder with a run to submit, and programs that take the place of Slurm's on the PATH: each notes its arguments, <c>squeue</c> prints
/// what a test says is in the queue, and <c>sbatch</c> gives jobs the numbers 101, 102 and so on.
/// </summary>
internal sealed class SlurmStandIns : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal SlurmStandIns()
    {
        Run = _folder["a run"];
        TinyData.Fill(_folder);
        _folder.Write("jobs", "100");
        Write("sbatch", $"if [ -f '{_folder["refusal"]}' ]; then cat '{_folder["refusal"]}' >&2; exit 1; fi\n"
            + $"n=$(($(cat '{_folder["jobs"]}') + 1)); echo $n | tee '{_folder["jobs"]}'");
        Write("squeue", $"[ -f '{_folder["queue"]}' ] && cat '{_folder["queue"]}'; [ ! -f '{_folder["down"]}' ] || "
            + "{ echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1; }");
        Write("sacct", $"cat '{_folder["accounting"]}'");
        foreach (string name in (string[])["scancel", "scontrol"])
            Write(name, "");
    }

    internal string this[string name] => _folder[name];

    /// <summary>With the run's data, and what <see cref="TinyData.Fill"/> writes.</summary>
    internal TemporaryFolder Folder => _folder;

    /// <summary>The folder of the run.</summary>
    internal string Run { get; set; }

    /// <summary>The starts of Slurm's programs other than squeue since the last call, one line each, without the folder's path.</summary>
    internal string[] TakeCalls()
    {
        string file = _folder["calls"];
        string[] calls = File.Exists(file) ? File.ReadAllLines(file) : [];
        File.Delete(file);
        return
        [
            .. calls.Where(c => !c.StartsWith("squeue ", StringComparison.Ordinal))
                .Select(c => c.Replace(_folder.Path, "FOLDER", StringComparison.Ordinal)),
        ];
    }

    internal string Write(string name, string body)
    {
        string file = _folder.Write($"bin/{name}", $"#!/bin/bash\nprintf '%s\\n' \"{name} $*\" >>'{_folder["calls"]}'\n{body}\n");
        ExternalProgram.Run("chmod", ["+x", file]);
        return file;
    }

    /// <summary>A file that a stand-in reads: "queue", "down", "refusal" or "accounting".</summary>
    internal void Say(string name, string text) => _folder.Write(name, text);

    /// <summary>Fills the queue with lines of job, task, state and reason.</summary>
    internal void SetQueue(params string[] jobs)
    {
        string name = new EvalHarness.Cli.Slurm.SlurmFolder(Run).JobName;
        Say("queue", string.Concat(jobs.Select(j => $"{name}{(j.Contains("|N/A|", StringComparison.Ordinal) ? "-merge" : "")}|{j}\n")));
    }

    /// <summary>The folder of a part.</summary>
    internal string Part(int number) => Path.Combine(Run, "parts", $"{number}");

    /// <summary>Computes parts of the run in this process.</summary>
    internal async Task FinishAsync(params int[] parts)
    {
        foreach (int part in parts)
            Assert.Equal(0, await ComputeAsync(part));
    }

    /// <returns>The exit code.</returns>
    internal async Task<int> ComputeAsync(int part) =>
        (await CommandLine.RunAsync([.. Arguments("run", Part(part)), "--shard", $"{part}/4", "--quiet"])).ExitCode;

    internal async Task MergeAsync()
    {
        await FinishAsync(1, 2, 3, 4);
        await CommandLine.SucceedAsync("merge", Path.Combine(Run, "parts"), "--output", Run, "--quiet");
    }

    internal string[] Arguments(string verb, string output) =>
        [
            .. verb.Split(' '), "--model", $"replay:{_folder["answers.jsonl"]}", "--tasks", "tiny", "--include-path", _folder["tasks"],
            "--datasets", _folder["data"], "--output", output,
        ];

    /// <summary>Submits the run in four parts.</summary>
    internal CommandLineResult Submit(params string[] more) => Start([.. Arguments("submit slurm", Run), "--parts", "4", .. more]);

    /// <param name="arguments">Of the program, which is started in a process of its own.</param>
    internal CommandLineResult Start(params string[] arguments) =>
        Start($"{_folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}", arguments);

    internal CommandLineResult Start(string path, string[] arguments)
    {
        (int code, string output, string error) = ExternalProgram.Run(
            BoxBackend.Find("dotnet")!,
            [typeof(EvalHarness.Cli.Program).Assembly.Location, .. arguments],
            _folder.Path,
            new Dictionary<string, string?> { ["PATH"] = path, ["EVALHARNESS_COMMAND"] = "eval" });
        return new CommandLineResult(code, output, error);
    }

    public void Dispose() => _folder.Dispose();
}
