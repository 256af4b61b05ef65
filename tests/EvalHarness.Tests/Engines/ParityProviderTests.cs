using System.Text;
using EvalHarness.OnnxRuntimeGenAI.Parity;

namespace EvalHarness.Tests.Engines;

/// <summary>Profiles in the form in which ONNX Runtime writes them, as a GPU's session would give them.</summary>
public sealed class ParityProviderTests
{
    private static string Event(string node, string operation, string provider, int microseconds) =>
        $$"""
        {"cat":"Node","pid":1,"tid":1,"dur":{{microseconds}},"ts":1,"ph":"X","name":"{{node}}_kernel_time",
         "args":{"op_name":"{{operation}}","provider":"{{provider}}","node_index":"7","output_size":"4"} }
        """;

    private static IReadOnlyList<ProviderNodes> Read(params string[] events)
    {
        string[] all =
        [
            """{"cat":"Session","pid":1,"tid":1,"dur":9,"ts":1,"ph":"X","name":"session_initialization","args":{}}""",
            """{"cat":"Node","pid":1,"tid":1,"dur":1,"ts":1,"ph":"X","name":"a_fence_before","args":{"op_name":"MatMul"}}""",
            .. events,
        ];
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes($"[{string.Join(",\n", all)}]"));
        return ProviderProfile.Sum(ProviderProfile.Read(stream));
    }

    [Fact]
    public void Profile_OfRepeatedRuns_HasEachNodeOnceAndAllOfItsTime()
    {
        IReadOnlyList<ProviderNodes> nodes = Read(
            Event("/layers.0/q/MatMul", "MatMul", "CUDAExecutionProvider", 40),
            Event("/layers.0/q/MatMul", "MatMul", "CUDAExecutionProvider", 20),
            Event("/layers.1/q/MatMul", "MatMul", "CUDAExecutionProvider", 30),
            Event("/Shape", "Shape", "CPUExecutionProvider", 1));
        Assert.Equal(
            [
                new ProviderNodes("CUDAExecutionProvider", "MatMul", 2, 90e-6, "/layers.0/q/MatMul"),
                new ProviderNodes("CPUExecutionProvider", "Shape", 1, 1e-6, "/Shape"),
            ],
            nodes.Select(n => n with { Seconds = Math.Round(n.Seconds, 9) }));
    }

    /// <summary>A provider leaves shapes to the CPU by design.</summary>
    [Fact]
    public void Proof_ShapesOnTheCpu_AreNoFailure() => Assert.Empty(ProviderProof.Failures("cuda", Read(
        Event("q", "MatMulNBits", "CUDAExecutionProvider", 40),
        Event("attn", "GroupQueryAttention", "CUDAExecutionProvider", 40),
        Event("shape", "Shape", "CPUExecutionProvider", 1),
        Event("gather", "Gather", "CPUExecutionProvider", 1),
        Event("copy", "MemcpyToHost", "CUDAExecutionProvider", 1),
        Event("cast", "Cast", "CPUExecutionProvider", 1))));

    /// <summary>The CUDA provider has no kernel of this attention for float32, and ONNX Runtime takes the CPU's without a word.</summary>
    [Fact]
    public void Proof_AttentionOnTheCpu_IsAFailureThatNamesIt()
    {
        string failure = Assert.Single(ProviderProof.Failures("cuda", Read(
            Event("q", "MatMul", "CUDAExecutionProvider", 40),
            Event("/layers.0/attn", "GroupQueryAttention", "CPUExecutionProvider", 400),
            Event("/layers.1/attn", "GroupQueryAttention", "CPUExecutionProvider", 300),
            Event("copy", "MemcpyFromHost", "CUDAExecutionProvider", 1))));
        Assert.Equal(
            "2 GroupQueryAttention nodes ran on CPUExecutionProvider and not on CUDAExecutionProvider, such as /layers.0/attn", failure);
    }

    [Theory]
    [InlineData("cuda", "no node ran on CUDAExecutionProvider; all ran on CPUExecutionProvider")]
    [InlineData("directml", "no node ran on DmlExecutionProvider; all ran on CPUExecutionProvider")]
    [InlineData("cpu", null)]
    public void Proof_AllOnTheCpu_IsAFailureOfAnyOtherDevice(string device, string? expected)
    {
        IEnumerable<string> failures = ProviderProof.Failures(device, Read(
            Event("q", "MatMul", "CPUExecutionProvider", 40),
            Event("shape", "Shape", "CPUExecutionProvider", 1)));
        Assert.Equal(expected is null ? [] : [$"the device did not run: {expected}"], failures);
    }
}
