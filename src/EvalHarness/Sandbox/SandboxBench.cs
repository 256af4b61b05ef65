using System.Diagnostics;
using System.Globalization;

namespace EvalHarness.Sandbox;

/// <summary>How fast programs run in one way.</summary>
/// <param name="What">The way in which the programs run.</param>
/// <param name="PerSecond">Programs per second on all cores, one number per repetition.</param>
/// <param name="Memory">The bytes that stay resident between programs; null if no process stays.</param>
internal sealed record SandboxRate(string What, IReadOnlyList<double> PerSecond, long? Memory);

/// <summary>
/// Measures how many programs run per second in warm boxes, in a new box for each program, and, as the baseline, in a plain interpreter
/// without a box.
/// </summary>
internal static class SandboxBench
{
    private const string Program = "def f(x): return x + 1";

    private const string Tests = "def check(candidate):\n    assert candidate(1) == 2\n    assert candidate([1][0]) == 2\ncheck(f)";

    /// <param name="sandbox">The name of a backend, container:IMAGE, or auto.</param>
    /// <param name="repeat">The number of measurements of each way, which take turns.</param>
    /// <param name="cancellationToken">Cancels the measurements.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Environment"/>: no box starts on this machine; <see cref="ExitCode.Usage"/>: an argument is invalid.
    /// </exception>
    public static async Task<IReadOnlyList<SandboxRate>> RunAsync(string sandbox, int repeat, CancellationToken cancellationToken)
    {
        if (repeat < 1)
            throw new EvalException(ExitCode.Usage, $"--repeat {repeat}: expected 1 or more");
        ProgramSandbox warm = await ProgramSandbox.OpenAsync(sandbox, [], cancellationToken).ConfigureAwait(false);
        await using (warm.ConfigureAwait(false))
        {
            var program = new SandboxedProgram { Source = Program, Tests = Tests };
            (string What, int Count, Func<CancellationToken, ValueTask> Run)[] ways =
            [
                ("python3 -I -S, no box", 100, PlainAsync),
                ($"{warm.Backend.Name}, a box for each", 30, token => ColdAsync(warm.Backend, program, token)),
                ($"{warm.Backend.Name}, warm", 200, async token => Check(await warm.RunAsync(program, token).ConfigureAwait(false))),
            ];
            var rates = new List<double>[ways.Length];
            // The first round only warms up the caches, so its rates are not recorded.
            for (int round = 0; round <= repeat; round++)
            {
                for (int i = 0; i < ways.Length; i++)
                {
                    double rate = await MeasureAsync(ways[i].Count, ways[i].Run, cancellationToken).ConfigureAwait(false);
                    if (round == 0)
                        rates[i] = [];
                    else
                        rates[i].Add(rate);
                }
            }

            return [.. ways.Select((w, i) => new SandboxRate(w.What, rates[i], i == ways.Length - 1 ? Resident() : null))];
        }
    }

    private static async Task<double> MeasureAsync(int count, Func<CancellationToken, ValueTask> run, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, count, options, (_, token) => run(token)).ConfigureAwait(false);
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async ValueTask PlainAsync(CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(BoxBackend.Python, ["-I", "-S", "-c", $"{Program}\n{Tests}"]))!;
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask ColdAsync(BoxBackend backend, SandboxedProgram program, CancellationToken cancellationToken)
    {
        Box box = await Box.StartAsync(backend, [], BoxBackend.BoxMemory(program.Limits)).ConfigureAwait(false);
        await using (box.ConfigureAwait(false))
        {
            var request = BoxRequest.Of(program, program.Limits.WallTime);
            Check(await box.RunAsync(request, BoxTests.Of(program), cancellationToken).ConfigureAwait(false) is { } answer
                ? Verdict.Of(answer, program, program.Limits.WallTime)
                : new ProgramResult(ProgramEnd.CouldNotStart, "the box ended", ""));
        }
    }

    private static void Check(ProgramResult result)
    {
        if (result.End != ProgramEnd.Passed)
            throw new EvalException(ExitCode.Environment, $"the sandbox judged a program that passes as {result.End}: {result.Detail}");
    }

    /// <summary>The resident memory, in bytes, of all descendants of this process.</summary>
    private static long Resident()
    {
        Dictionary<int, (int Parent, long Pages)> processes = Directory.EnumerateDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(n => n!.All(char.IsDigit))
            .Select(Read)
            .OfType<(int Id, int Parent, long Pages)>()
            .ToDictionary(p => p.Id, p => (p.Parent, p.Pages));
        bool IsBelow(int id) => processes.TryGetValue(id, out (int Parent, long Pages) process)
            && (process.Parent == Environment.ProcessId || IsBelow(process.Parent));
        return processes.Where(p => IsBelow(p.Key)).Sum(p => p.Value.Pages) * Environment.SystemPageSize;
    }

    private static (int Id, int Parent, long Pages)? Read(string? id)
    {
        try
        {
            // The name of the process stands in parentheses and may contain spaces, so the fields are counted from its end: index 0 is
            // the state, 1 the parent and 21 the number of resident pages (proc(5)).
            string[] fields = File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1].Split(' ');
            int parent = int.Parse(fields[1], CultureInfo.InvariantCulture);
            return (int.Parse(id!, CultureInfo.InvariantCulture), parent, long.Parse(fields[21], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
