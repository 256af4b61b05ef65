using System.Globalization;
using System.Runtime.InteropServices;

namespace EvalHarness.OnnxRuntimeGenAI.Bench;

/// <summary>
/// Reads the energy counters that the machine exposes to this user: RAPL (Linux powercap) for processor packages of Intel and AMD, and
/// NVML for NVIDIA devices. They count everything that runs on the package or device, not only this process.
/// </summary>
/// <remarks>
/// Source: Linux Documentation/power/powercap/powercap.rst; NVML API reference, nvmlDeviceGetTotalEnergyConsumption (millijoules).
/// </remarks>
internal sealed class EnergyMeter : IDisposable
{
    internal const string PowercapFolder = "/sys/class/powercap";

    private readonly List<RaplCounter> _packages;
    private readonly NvmlDevices? _devices;

    private EnergyMeter(List<RaplCounter> packages, NvmlDevices? devices) => (_packages, _devices) = (packages, devices);

    /// <summary>"RAPL" or "NVML", or both.</summary>
    internal string Source =>
        string.Join(" and ", ((string?[])[_packages.Count > 0 ? "RAPL" : null, _devices is null ? null : "NVML"]).OfType<string>());

    /// <returns>Null if the machine exposes no counter to this user.</returns>
    internal static EnergyMeter? Open(string powercap = PowercapFolder)
    {
        List<RaplCounter> packages = RaplCounter.Find(powercap);
        var devices = NvmlDevices.Open();
        return packages.Count == 0 && devices is null ? null : new EnergyMeter(packages, devices);
    }

    /// <summary>The sum of the counters in joules, of which only the difference between two readings is meaningful.</summary>
    internal double Joules() => _packages.Sum(p => p.Joules()) + (_devices?.Joules() ?? 0);

    public void Dispose() => _devices?.Dispose();

    /// <summary>The counter of one processor package.</summary>
    /// <param name="file">The file that gives the counter in microjoules.</param>
    /// <param name="range">The value at which the counter starts again from zero, in microjoules.</param>
    private sealed class RaplCounter(string file, long range)
    {
        private long _last = Read(file)!.Value;
        private long _total;

        internal static List<RaplCounter> Find(string powercap)
        {
            if (!Directory.Exists(powercap))
                return [];
            // Only packages are read: they include their cores, and which other domains exist differs from chip to chip.
            return
            [
                .. Directory.EnumerateDirectories(powercap, "*-rapl:*")
                    .Where(d => File.Exists(Path.Combine(d, "name")))
                    .Where(d => File.ReadAllText(Path.Combine(d, "name")).StartsWith("package", StringComparison.Ordinal))
                    .Select(d => (File: Path.Combine(d, "energy_uj"), Range: Read(Path.Combine(d, "max_energy_range_uj"))))
                    .Where(c => c.Range is not null && Read(c.File) is not null)
                    .Select(c => new RaplCounter(c.File, c.Range!.Value)),
            ];
        }

        internal double Joules()
        {
            long now = Read(file) ?? _last;
            _total += now >= _last ? now - _last : now + range - _last;
            _last = now;
            return _total / 1e6;
        }

        /// <returns>Null if this user may not read the file. Since version 5.10 of Linux, only root may.</returns>
        private static long? Read(string file)
        {
            try
            {
                string text = File.ReadAllText(file);
                return long.TryParse(text, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out long value) ? value : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    private sealed unsafe class NvmlDevices : IDisposable
    {
        private readonly nint _library;
        private readonly List<nint> _devices = [];

        private NvmlDevices(nint library) => _library = library;

        internal static NvmlDevices? Open()
        {
            if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvml.dll" : "libnvidia-ml.so.1", out nint library))
                return null;
            var devices = new NvmlDevices(library);
            if (((delegate* unmanaged<int>)devices.Entry("nvmlInit_v2"))() != 0)
            {
                NativeLibrary.Free(library);
                return null;
            }

            uint count;
            if (((delegate* unmanaged<uint*, int>)devices.Entry("nvmlDeviceGetCount_v2"))(&count) == 0)
            {
                for (uint i = 0; i < count; i++)
                {
                    nint device;
                    ulong energy;
                    // Devices older than Volta have no such counter.
                    if (((delegate* unmanaged<uint, nint*, int>)devices.Entry("nvmlDeviceGetHandleByIndex_v2"))(i, &device) == 0
                        && devices.Read(device, &energy) == 0)
                        devices._devices.Add(device);
                }
            }

            if (devices._devices.Count > 0)
                return devices;
            devices.Dispose();
            return null;
        }

        internal double Joules()
        {
            double sum = 0;
            foreach (nint device in _devices)
            {
                ulong energy;
                if (Read(device, &energy) == 0)
                    sum += energy / 1e3;
            }

            return sum;
        }

        private int Read(nint device, ulong* energy) =>
            ((delegate* unmanaged<nint, ulong*, int>)Entry("nvmlDeviceGetTotalEnergyConsumption"))(device, energy);

        private nint Entry(string name) => NativeLibrary.GetExport(_library, name);

        public void Dispose()
        {
            _ = ((delegate* unmanaged<int>)Entry("nvmlShutdown"))();
            NativeLibrary.Free(_library);
        }
    }
}
