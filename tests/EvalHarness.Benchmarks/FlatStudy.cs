using System.Globalization;

namespace EvalHarness.Benchmarks;

/// <summary>
/// What memory and processor time the program takes at growing numbers of rows: run, a run killed at half and resumed, the run's journal
/// graded again, one document shown, two runs compared, the page of a report, and the first ten documents. Each is a child process. What
/// is no longer needed is removed, so that there are never more than the data, two runs, and what a run keeps while it lasts. The step
/// kills, which is made only where it is asked for, measures nothing: it kills runs at random moments and looks what resuming them makes.
/// </summary>
internal sealed class FlatStudy
{
    private readonly Dictionary<(string Workload, string Step), (int Rows, Measurement Measurement)> _earlier = [];
    private readonly Dictionary<(string Workload, string Step), double> _smallest = [];
    private readonly Dictionary<string, string> _options;

    private FlatStudy(string[] arguments)
    {
        string[] known = ["--program", "--folder", "--rows", "--tasks", "--steps"];
        if (arguments.Length % 2 != 0 || arguments.Where((_, i) => i % 2 == 0).FirstOrDefault(a => !known.Contains(a)) is not null)
            throw new ArgumentException($"expected pairs of {string.Join(", ", known)} and a value: {string.Join(' ', arguments)}");
        _options = arguments.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
    }

    private string Program => _options.GetValueOrDefault("--program") ?? Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "..", "..", "EvalHarness.Cli", "release", "evalharness.dll"));

    /// <param name="arguments">
    /// --program DLL (default: the program of this build), --folder FOLDER to work in (default: a temporary one), --rows N,N,N (default:
    /// 10000,100000,1000000; of long contexts a tenth), --tasks NAME,NAME and --steps NAME,NAME to measure only these.
    /// </param>
    internal static async Task RunAsync(string[] arguments)
    {
        var study = new FlatStudy(arguments);
        if (!File.Exists(study.Program))
            throw new FileNotFoundException("build src/EvalHarness.Cli, or name a program with --program", study.Program);
        string root = study._options.GetValueOrDefault("--folder") ?? Path.GetTempPath();
        Console.WriteLine($"{study.Program}, {Environment.ProcessorCount} cores\n");
        Console.WriteLine(study._options.GetValueOrDefault("--steps") == "kills"
            ? FlatKills.Head
            : "| Task | Step | Rows | CPU, s | Times | ms a row more | Peak, MiB | Of the smallest | KiB a row more |\n"
                + "|---|---|---:|---:|---:|---:|---:|---:|---:|");
        foreach (FlatWorkload workload in FlatWorkloads.All.Where(w => study.Wants("--tasks", w.Name)))
        {
            string[] sizes = study._options.GetValueOrDefault("--rows", "10000,100000,1000000").Split(',');
            foreach (int rows in sizes.Select(s => int.Parse(s, CultureInfo.InvariantCulture) / workload.Divisor))
            {
                string folder = Path.Combine(root, $"flat-{Environment.ProcessId}");
                try
                {
                    await study.MeasureAsync(workload, folder, rows).ConfigureAwait(false);
                }
                finally
                {
                    Remove(folder);
                }
            }
        }
    }

    private bool Wants(string option, string name) => _options.GetValueOrDefault(option)?.Split(',').Contains(name) ?? true;

    private async Task MeasureAsync(FlatWorkload workload, string folder, int rows)
    {
        var data = new FlatData(folder, workload, rows);
        await data.WriteAsync().ConfigureAwait(false);
        string run = Path.Combine(folder, "run"), other = Path.Combine(folder, "other"), page = Path.Combine(folder, "page");
        string journal = Path.Combine(run, "responses.jsonl"), half = Path.Combine(other, "responses.jsonl");
        string[] Run(string recording, string output, params string[] more) =>
        [
            "run", "--model", $"replay:{recording}", "--tasks", workload.Name, "--include-path", data.Tasks, "--datasets", data.Datasets,
            "--output", output, "--quiet", .. more,
        ];
        if (_options.GetValueOrDefault("--steps") == "kills")
        {
            await FlatKills.RunAsync(Program, output => Run(data.Recording, output), run, other).ConfigureAwait(false);
            return;
        }

        async Task<bool> StepAsync(string step, params string[] arguments)
        {
            if (step != "run" && !Wants("--steps", step))
                return false;
            Measurement measured = await MeasuredProgram.RunAsync(Program, arguments).ConfigureAwait(false);
            Print(workload, step, rows, measured, Size(page));
            return measured.ExitCode == 0;
        }

        if (!await StepAsync("run", Run(data.Recording, run)).ConfigureAwait(false))
            return;
        await StepAsync("show", "show", run, "--task", workload.Name, "--doc", $"{rows / 2}").ConfigureAwait(false);
        await StepAsync("limit", Run(data.Recording, other, "--limit", "10")).ConfigureAwait(false);
        Remove(other);
        if (Wants("--steps", "resume"))
        {
            long whole = new FileInfo(journal).Length;
            Measurement killed = await MeasuredProgram.RunAsync(
                Program,
                Run(data.Recording, other),
                kill: () => new FileInfo(half) is { Exists: true } written && written.Length > whole / 2).ConfigureAwait(false);
            if (killed.ExitCode == 0)
                Console.WriteLine($"| {workload.Title} | resume | {rows} | the run was over before it was killed |");
            else
                await StepAsync("resume", "run", "--resume", other, "--quiet").ConfigureAwait(false);
            Remove(other);
        }

        if (await StepAsync("again", Run(journal, other)).ConfigureAwait(false))
            await StepAsync("compare", "compare", run, other).ConfigureAwait(false);
        Remove(other);
        Directory.CreateDirectory(page);
        await StepAsync("report", "report", run, "--output", Path.Combine(page, "report.html")).ConfigureAwait(false);
    }

    /// <summary>Times is the ratio to the size before; what a row more costs is the slope between both.</summary>
    private void Print(FlatWorkload workload, string step, int rows, Measurement measured, long page)
    {
        string name = page > 0 ? string.Create(CultureInfo.InvariantCulture, $"{step} ({page / 1048576.0:0.0} MiB)") : step;
        if (measured.ExitCode != 0)
        {
            Console.WriteLine($"| {workload.Title} | {name} | {rows} | exit code {measured.ExitCode}: {measured.Error} |");
            return;
        }

        string seconds = " | ", memory = " | ";
        double smallest = _smallest.GetValueOrDefault((workload.Name, step), measured.Mebibytes);
        _smallest[(workload.Name, step)] = smallest;
        if (_earlier.TryGetValue((workload.Name, step), out (int Rows, Measurement Measurement) earlier))
        {
            double more = rows - earlier.Rows, cost = measured.Seconds - earlier.Measurement.Seconds;
            seconds = string.Create(
                CultureInfo.InvariantCulture, $"{measured.Seconds / earlier.Measurement.Seconds:0.00} | {1_000 * cost / more:0.0000}");
            double kibibytes = 1_024 * (measured.Mebibytes - earlier.Measurement.Mebibytes);
            memory = string.Create(
                CultureInfo.InvariantCulture, $"{measured.Mebibytes / smallest:0.00} | {kibibytes / more:0.00}");
        }

        _earlier[(workload.Name, step)] = (rows, measured);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {workload.Title} | {name} | {rows} | {measured.Seconds:0.0} | {seconds} | {measured.Mebibytes:0} | {memory} |"));
    }

    private static long Size(string folder) => Directory.Exists(folder)
        ? new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length)
        : 0;

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
