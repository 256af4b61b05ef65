using System.Reflection;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>Chooses the runtime's execution provider by the device name of the command line.</summary>
internal static class Provider
{
    /// <summary>The device that this build's runtime package is for: cpu, cuda or directml.</summary>
    internal static string BuiltFor { get; } =
        typeof(Provider).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "Device").Value!;

    /// <summary>Makes the configuration use the given device and no other.</summary>
    /// <param name="config">Of the model.</param>
    /// <param name="device">cpu, cuda or directml.</param>
    /// <param name="id">Which of several equal GPUs, from 0; null for the first.</param>
    /// <param name="settings">Options of the device's provider by name, which only the provider itself knows.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: this build's runtime package is for another device. <see cref="ExitCode.Usage"/>: there is no device
    /// of this number, or an option is given for the CPU.
    /// </exception>
    internal static void Select(Config config, string device, int? id, IReadOnlyDictionary<string, string> settings)
    {
        Check(device, settings);
        // The providers of genai_config.json are removed, because one of them could run the model on a device that nobody asked for.
        config.ClearProviders();
        if (device == "cpu")
            return;
        if (device == "cuda")
            VisibleGpu.Choose(id);
        string name = device == "directml" ? "dml" : device;
        config.AppendProvider(name);
        foreach ((string option, string value) in settings)
            config.SetProviderOption(name, option, value);
    }

    /// <summary>Checks that this build can compute on a device with such options.</summary>
    /// <param name="device">cpu, cuda or directml.</param>
    /// <param name="settings">Options of the device's provider by name.</param>
    /// <param name="prefix">What the names of the options on the command line begin with.</param>
    /// <exception cref="EvalException">As for <see cref="Select"/>, but for the device's number.</exception>
    internal static void Check(string device, IReadOnlyDictionary<string, string> settings, string prefix = "--")
    {
        if (device == "cpu" && settings.Count > 0)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"{prefix}provider-option {settings.Keys.First()}: the CPU's provider has no options; leave it out, or compute on cuda or "
                + "directml");
        }

        if (device != "cpu" && BuiltFor != device)
            throw new EvalException(ExitCode.Model, $"{prefix}device {device}: this build has the {BuiltFor} runtime; {Advice(device)}");
    }

    /// <summary>What to do where a device does not work: get the build for it, or what that build needs.</summary>
    internal static string Advice(string device)
    {
        string needs = device == "cuda" ? "an NVIDIA GPU, CUDA 13 and cuDNN" : "Windows";
        return BuiltFor == device
            ? $"this build is for {device}, which needs {needs}; or use --device cpu"
            : $"in a clone of EvalHarness, ./run-eval.sh run --device {device} builds for it (it needs {needs}); or use --device cpu";
    }
}
