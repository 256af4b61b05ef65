using EvalHarness.OnnxRuntimeGenAI.Runtime;

namespace EvalHarness.Tests.Engines;

/// <summary>Which GPU a process sees. No machine of the tests has one, so that this is all that is tested of it.</summary>
public sealed class VisibleGpuTests
{
    [Theory]
    [InlineData(0, null, "0")]
    [InlineData(3, null, "3")]
    // A scheduler has given this process two of the machine's GPUs.
    [InlineData(0, "4,6", "4")]
    [InlineData(1, "4, 6", "6")]
    [InlineData(1, "GPU-8932f937,GPU-1d3f2a90", "GPU-1d3f2a90")]
    public void Name_ANumber_CountsAmongThoseThatAreVisible(int id, string? given, string expected) =>
        Assert.Equal(expected, VisibleGpu.Name(id, given));

    [Theory]
    [InlineData(2, "4,6", "the environment shows 2 GPUs (CUDA_VISIBLE_DEVICES=4,6)")]
    [InlineData(0, "", "the environment shows 0 GPUs")]
    public void Name_ANumberThatIsNotVisible_IsRefused(int id, string given, string message)
    {
        EvalException e = Assert.Throws<EvalException>(() => VisibleGpu.Name(id, given));
        Assert.Equal(ExitCode.Usage, e.ExitCode);
        Assert.StartsWith($"--device cuda:{id}: {message}", e.Message, StringComparison.Ordinal);
    }

    /// <summary>CUDA looks at the variable once: a second GPU would silently be the first one again.</summary>
    [Theory]
    [InlineData(0, 1, "--device cuda:1: this process computes on cuda:0 already")]
    [InlineData(null, 1, "--device cuda:1: this process computes on cuda:0 already")]
    [InlineData(2, null, "--device cuda:0: this process computes on cuda:2 already")]
    public void RequireSame_AnotherGpuInOneProcess_IsRefused(int? chosen, int? id, string message)
    {
        EvalException e = Assert.Throws<EvalException>(() => VisibleGpu.RequireSame(hasChosen: true, chosen, id));
        Assert.Equal(ExitCode.Usage, e.ExitCode);
        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
        VisibleGpu.RequireSame(hasChosen: true, chosen, chosen);
        VisibleGpu.RequireSame(hasChosen: false, chosen: null, id);
    }
}
