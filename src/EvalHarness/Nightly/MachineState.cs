using System.Globalization;

namespace EvalHarness.Nightly;

/// <summary>
/// What makes timings worthless: other work, throttling, battery. It is read from Linux's /proc and /sys; other systems have no such
/// files, and nothing is known there.
/// </summary>
/// <param name="Busy">Share of all cores that was busy while this program ran nothing, 0 to 1; null where unknown.</param>
/// <param name="Throttled">How often cores were slowed down for heat since the machine started; null where unknown.</param>
/// <param name="OnBattery">Whether the machine runs on battery; null where unknown.</param>
internal sealed record MachineState(double? Busy, long? Throttled, bool? OnBattery)
{
    private const double MuchOtherWork = 0.25;
    private static readonly TimeSpan Sample = TimeSpan.FromMilliseconds(500);

    /// <param name="root">Root of the file system that has proc and sys.</param>
    /// <param name="time">Waits between two looks at the cores.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<MachineState> ReadAsync(string root, TimeProvider time, CancellationToken cancellationToken)
    {
        (long Busy, long All)? before = Ticks(root);
        await Task.Delay(Sample, time, cancellationToken).ConfigureAwait(false);
        (long Busy, long All)? after = Ticks(root);
        double? busy = before is { } b && after is { } a && a.All > b.All ? (double)(a.Busy - b.Busy) / (a.All - b.All) : null;
        return new MachineState(busy, Throttles(root), Battery(root));
    }

    /// <summary>Why the timings of a run between the two states say little; null where nothing is known to have disturbed it.</summary>
    public static string? Doubt(MachineState before, MachineState after)
    {
        var doubts = new List<string>();
        double busy = Math.Max(before.Busy ?? 0, after.Busy ?? 0);
        if (busy > MuchOtherWork)
            doubts.Add(string.Create(CultureInfo.InvariantCulture, $"{100 * busy:0}% of the cores were busy with other work"));
        if (after.Throttled > before.Throttled)
            doubts.Add($"cores were slowed down for heat {after.Throttled - before.Throttled} times");
        if (before.OnBattery == true || after.OnBattery == true)
            doubts.Add("on battery");
        return doubts.Count == 0 ? null : $"timings say little: {string.Join(", ", doubts)}";
    }

    /// <remarks>Source: proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal, in ticks.</remarks>
    private static (long Busy, long All)? Ticks(string root)
    {
        string file = Path.Combine(root, "proc", "stat");
        if (!File.Exists(file) || File.ReadLines(file).FirstOrDefault(l => l.StartsWith("cpu ", StringComparison.Ordinal)) is not { } line)
            return null;
        IEnumerable<string> numbers = line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8);
        long[] ticks = [.. numbers.Select(t => long.Parse(t, CultureInfo.InvariantCulture))];
        long all = ticks.Sum();
        return (all - ticks[3] - ticks[4], all);
    }

    /// <remarks>Source: the kernel's ABI documentation, sysfs-devices-system-cpu, thermal_throttle.</remarks>
    private static long? Throttles(string root)
    {
        string cores = Path.Combine(root, "sys", "devices", "system", "cpu");
        if (!Directory.Exists(cores))
            return null;
        string[] files =
        [
            .. Directory.EnumerateDirectories(cores, "cpu*")
                .Select(c => Path.Combine(c, "thermal_throttle", "core_throttle_count"))
                .Where(File.Exists),
        ];
        return files.Length == 0 ? null : files.Sum(f => long.Parse(File.ReadAllText(f), CultureInfo.InvariantCulture));
    }

    /// <remarks>Source: the kernel's ABI documentation, sysfs-class-power.</remarks>
    private static bool? Battery(string root)
    {
        string supplies = Path.Combine(root, "sys", "class", "power_supply");
        if (!Directory.Exists(supplies))
            return null;
        string[] batteries = [.. Directory.EnumerateDirectories(supplies).Select(s => Path.Combine(s, "status")).Where(File.Exists)];
        return batteries.Length == 0 ? null : batteries.Any(f => File.ReadAllText(f).Trim() == "Discharging");
    }
}
