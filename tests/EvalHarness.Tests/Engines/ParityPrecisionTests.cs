using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.OnnxRuntimeGenAI.Parity;

namespace EvalHarness.Tests.Engines;

public sealed class ParityPrecisionTests
{
    [Theory]
    [InlineData("fp32", "float32", null, "", 5.960464477539063e-8)]
    [InlineData("int8", "MatMulNBits 8 bits", 4, "MatMulNBits 8 bits, blocks of 32", 0.5 / 127)]
    [InlineData("int4", "MatMulNBits 4 bits", 4, "MatMulNBits 4 bits, blocks of 32", 0.5 / 127)]
    public void Precision_OfTheModelOfTheProgram_IsThatOfItsTypes(
        string model, string weights, int? level, string quantized, double roundoff)
    {
        var precision = ParityPrecision.Of(ParityCheckTests.Tiny(model));
        Assert.Equal((weights, level, roundoff), (precision.Weights, precision.AccuracyLevel, precision.Roundoff));
        Assert.Equal(("float32", "float32", 6), (precision.Activations, precision.Cache, precision.Layers));
        Assert.Equal((quantized, 512), (precision.QuantizedAs, precision.Width));
    }

    /// <summary>The products of such a graph take what another operation makes of the weights.</summary>
    [Fact]
    public void Precision_OfWeightsThatAreUnpackedOrCast_IsThatOfTheProducts()
    {
        ParityPrecision Of(params OnnxNode[] nodes) => ParityPrecision.Of(new OnnxGraph(nodes, [], new Dictionary<string, OnnxTensor>
        {
            ["packed"] = new("packed", [512, 128], 3),
            ["scale"] = new("scale", [128], 10),
            ["single"] = new("single", [256, 64], 1),
        }));
        var none = new Dictionary<string, long>();
        ParityPrecision unpacked = Of(
            new OnnxNode("DequantizeLinear", ["packed", "scale"], ["w"], none), new OnnxNode("MatMul", ["x", "w"], ["y"], none));
        Assert.Equal(("float16", 512, Math.Pow(2, -11)), (unpacked.Activations, unpacked.Width, unpacked.Roundoff));
        ParityPrecision cast = Of(
            new OnnxNode("Cast", ["single"], ["w"], new Dictionary<string, long> { ["to"] = 16 }),
            new OnnxNode("Cast", ["x"], ["z"], new Dictionary<string, long> { ["to"] = 1 }),
            new OnnxNode("MatMul", ["z", "w"], ["y"], none));
        Assert.Equal(("bfloat16", 256), (cast.Activations, cast.Width));
    }

    /// <summary>Of a side that computes coarsely and one that computes finely, the coarse one decides.</summary>
    [Fact]
    public void Bound_OfTwoSides_IsThatOfTheCoarserOne()
    {
        ParityPrecision single = Precision(Math.Pow(2, -24)), half = Precision(Math.Pow(2, -11));
        double coarse = ParityBound.Of(half, half).Relative;
        Assert.Equal(coarse, ParityBound.Of(single, half).Relative);
        Assert.Equal(coarse, ParityBound.Of(half, single).Relative);
        Assert.InRange(ParityBound.Of(single, single).Noise, 1e-7, 1e-4);
        Assert.InRange(ParityBound.Of(half, half).Noise, 5e-4, 5e-3);
        // By hand, from the formula of the remarks: 2^-24 * sqrt(13) + 2^-24 * sqrt(512 * 13), and 2^-11 for what is stored.
        Assert.Equal(16 * 5.0777e-6, ParityBound.Of(single, single).Relative, 1e-9);
        Assert.Equal(16 * 1.7654e-3, coarse, 1e-6);
    }

    /// <summary>The mean over many rows varies less than a row, so that smaller faults show in it.</summary>
    [Fact]
    public void Bound_OfManyRows_IsNarrowerThanOfOne()
    {
        var bound = ParityBound.Of(Precision(Math.Pow(2, -11)), Precision(Math.Pow(2, -11)));
        Assert.True(bound.Typical(100) < bound.Typical(10) && bound.Typical(10) < bound.Relative && bound.Relative < bound.Largest);
    }

    private static ParityPrecision Precision(double roundoff) => new()
    {
        Weights = "",
        Activations = "",
        Cache = null,
        AccuracyLevel = null,
        Layers = 6,
        Width = 512,
        Windows = [],
        Roundoff = roundoff,
        QuantizedAs = "",
    };
}
