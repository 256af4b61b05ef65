using System.Diagnostics;
using System.Text;
using EvalHarness.OnnxRuntimeGenAI.Runtime;

namespace EvalHarness.Tests.Engines;

/// <summary>Versions in a manifest are those of the libraries that ran.</summary>
public sealed class GenAiRuntimeTests
{
    /// <summary>The managed assembly has no version number; the native library holds its version as text.</summary>
    [SharedFact]
    public void Version_IsTheLoadedLibrarysOwn()
    {
        using LoadedModel model = LoadedModel.Load(Shared.Model("int4"), new GenAiOptions());
        using var process = Process.GetCurrentProcess();
        string library = process.Modules.Cast<ProcessModule>()
            .Select(m => m.FileName).First(f => Path.GetFileNameWithoutExtension(f) is "libonnxruntime-genai" or "onnxruntime-genai");
        Assert.True(File.ReadAllBytes(library).AsSpan().IndexOf(Encoding.ASCII.GetBytes(GenAiRuntime.Version)) >= 0, GenAiRuntime.Version);
        Assert.True(Version.Parse(GenAiRuntime.OnnxRuntimeVersion) >= new Version(1, 31), GenAiRuntime.OnnxRuntimeVersion);
    }
}
