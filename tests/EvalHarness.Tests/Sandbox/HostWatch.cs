using System.Globalization;
using System.Runtime.InteropServices;

namespace EvalHarness.Tests.Sandbox;

/// <summary>
/// Watches, until it is asked, what the machine's other programs would feel of a box: memory of the kernel, contexts of asynchronous I/O,
/// locks on device files, their modes, owners and times, and whether files of /usr are still cached.
/// </summary>
internal sealed class HostWatch : IDisposable
{
    /// <summary>More than the boxes of a test may need together, with what others on the machine do meanwhile.</summary>
    private const long KernelMemory = 768 << 20;

    private static readonly string[] Devices = ["/dev/null", "/dev/zero", "/dev/urandom"];

    private static readonly string[] Libraries = [
        .. Directory.EnumerateDirectories("/usr/lib", "python3*")
            .SelectMany(d => Directory.EnumerateFiles(d, "*.py", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal)
            .Take(200),
    ];

    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<string> _locks = [];
    private readonly string _devices = Describe();
    private readonly string[] _places;
    private readonly bool _withByteLocks;
    private readonly long _memory = Memory(), _contexts = Contexts();
    private readonly long _cached;
    private readonly Thread _looking;
    private long _mostMemory, _mostContexts;

    /// <param name="withByteLocks">
    /// Whether the boxes have device files of their own, so that not even bytes of the machine's can be locked.
    /// </param>
    internal HostWatch(bool withByteLocks)
    {
        _withByteLocks = withByteLocks;
        // As /proc/locks writes it: major and minor number of the file system in hexadecimal, and the number of the file.
        _places =
        [
            .. ExternalProgram.Run("stat", ["-L", "-c", "%d %i", .. Devices, "/usr/bin/python3"]).Output
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(l => l.Split(' '))
                .Select(n => (Device: long.Parse(n[0], CultureInfo.InvariantCulture), File: n[1]))
                .Select(n => $" {n.Device >> 8 & 0xFFF:x2}:{n.Device & 0xFF:x2}:{n.File} "),
        ];
        foreach (string library in Libraries)
            File.ReadAllBytes(library);
        _cached = Libraries.Sum(Cached);
        _looking = new Thread(Look) { IsBackground = true };
        _looking.Start();
    }

    private void Look()
    {
        while (!_stop.IsCancellationRequested)
        {
            _mostMemory = Math.Max(_mostMemory, Memory());
            _mostContexts = Math.Max(_mostContexts, Contexts());
            foreach (string line in File.ReadAllLines("/proc/locks").Where(l => _places.Any(l.Contains)))
            {
                if (_withByteLocks || !line.Contains("POSIX", StringComparison.Ordinal))
                    _locks.Add(line);
            }

            _stop.Token.WaitHandle.WaitOne(10);
        }
    }

    /// <summary>What the machine felt; empty where it was nothing.</summary>
    internal IEnumerable<string> Felt()
    {
        _stop.Cancel();
        _looking.Join();
        if (_mostMemory - _memory > KernelMemory)
            yield return $"the kernel held {(_mostMemory - _memory) >> 20} MiB more";
        if (_mostContexts > _contexts + 1000)
            yield return $"{_mostContexts - _contexts} contexts of asynchronous I/O";
        foreach (string line in _locks)
            yield return "lock " + line;
        if (Describe() is { } now && now != _devices)
            yield return $"device files: {_devices} became {now}";
        if (Libraries.Sum(Cached) is { } cached && cached < _cached / 2)
            yield return $"of {_cached} cached pages {cached} are left";
    }

    /// <summary>Bytes that the kernel cannot give up, and that it uses for page tables, for each core, and for sockets.</summary>
    private static long Memory() => File.ReadLines("/proc/meminfo")
        .Where(l => l.StartsWith("SUnreclaim:", StringComparison.Ordinal) || l.StartsWith("PageTables:", StringComparison.Ordinal)
            || l.StartsWith("Percpu:", StringComparison.Ordinal))
        .Sum(l => long.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10);

    private static long Contexts() =>
        File.Exists("/proc/sys/fs/aio-nr") ? long.Parse(File.ReadAllText("/proc/sys/fs/aio-nr"), CultureInfo.InvariantCulture) : 0;

    private static string Describe() => ExternalProgram.Run("stat", ["-c", "%n %a %u %g %Y", .. Devices]).Output;

    /// <summary>The number of a file's pages in memory.</summary>
    private static long Cached(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        nint length = (nint)file.Length;
        if (length == 0)
            return 0;
        nint start = Map(0, length, 1, 1, (int)file.SafeFileHandle.DangerousGetHandle(), 0);
        byte[] pages = new byte[(length + Environment.SystemPageSize - 1) / Environment.SystemPageSize];
        int result = InCore(start, length, pages);
        _ = Unmap(start, length);
        return result == 0 ? pages.Count(p => (p & 1) == 1) : 0;
    }

    [DllImport("libc", EntryPoint = "mmap")]
    private static extern nint Map(nint start, nint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "munmap")]
    private static extern int Unmap(nint start, nint length);

    [DllImport("libc", EntryPoint = "mincore")]
    private static extern int InCore(nint start, nint length, byte[] pages);

    public void Dispose()
    {
        _stop.Cancel();
        _looking.Join();
        _stop.Dispose();
    }
}
