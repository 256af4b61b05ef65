using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Results;

/// <summary>Makes uninterrupted runs once, for all tests that compare others with them.</summary>
public sealed class WholeRuns : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal static string[] Arguments(string variant, string output) =>
        [
            "run", "--model", Shared.Model(variant), "--datasets", Shared.Hub, "--tasks", "mmlu_anatomy,gsm8k", "--num-fewshot", "3",
            "--limit", "8", "--output", output,
        ];

    /// <summary>Gives the folder of the uninterrupted run of a quantization level.</summary>
    internal async Task<string> OfAsync(string variant)
    {
        if (!Directory.Exists(_folder[variant]))
            await CommandLine.SucceedAsync([.. Arguments(variant, _folder[variant]), "--quiet"]);
        return _folder[variant];
    }

    public void Dispose() => _folder.Dispose();
}
