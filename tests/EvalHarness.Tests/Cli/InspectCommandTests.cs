using System.Text.Json.Nodes;

namespace EvalHarness.Tests.Cli;

public sealed class InspectCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>
    /// Query and output 128 x 64, key and value 64 x 64, three of 172 x 64, in five layers, and a classifier of 512 x 64.
    /// </summary>
    private const long Matrices = (5 * ((2 * 128 * 64) + (2 * 64 * 64) + (3 * 172 * 64))) + (512 * 64);

    private static async Task<JsonNode> InspectAsync(string folder) =>
        JsonNode.Parse((await CommandLine.SucceedAsync("inspect", folder, "--json")).Output)!;

    [SharedTheory]
    [InlineData("int4", 4)]
    [InlineData("int8", 8)]
    public async Task Inspect_Quantized_ReadsBitsAndBlocksFromTheGraph(string variant, int bits)
    {
        JsonNode model = await InspectAsync(Shared.Model(variant));
        JsonNode quantized =
            model["weights"]!.AsArray().Single(w => ((string)w!["storage"]!).StartsWith("MatMulNBits", StringComparison.Ordinal))!;
        Assert.Equal(
            (bits, 32, 4), ((int)quantized["bits"]!, (int)quantized["block_size"]!, (int)quantized["accuracy_level"]!));
        Assert.Equal((36, Matrices), ((int)quantized["tensors"]!, (long)quantized["parameters"]!));
        // Values, and a scale of 4 bytes for 32 of them or for what is left of a row.
        const long blocks = (5 * ((128 * 2) + (64 * 4) + (2 * 64 * 2) + (2 * 172 * 2) + (64 * 6))) + (512 * 2);
        Assert.Equal((blocks * 32 * bits / 8) + (blocks * 4), (long)quantized["bytes"]!);
    }

    [SharedFact]
    public async Task Inspect_Float_CountsTheSameMatricesAndTheRest()
    {
        JsonNode model = await InspectAsync(Shared.Model("fp32"));
        JsonNode weights = Assert.Single(model["weights"]!.AsArray())!;
        // The classifier shares the embedding's matrix; eleven norms have 64 parameters each.
        Assert.Equal(("float32", Matrices + (11 * 64)), ((string)weights["storage"]!, (long)weights["parameters"]!));
        Assert.Equal(32.0, (double)model["bits_per_parameter"]!);
        Assert.Equal((8192, 512), ((int)model["context_length"]!, (int)model["vocabulary_size"]!));
        Assert.Equal(new FileInfo(Path.Combine(Shared.Model("fp32"), "model.onnx")).Length, (long)model["files"]!["model.onnx"]!);
    }

    [SharedTheory]
    [InlineData("cut", "is no ONNX model")]
    [InlineData("text", "is no ONNX model")]
    [InlineData("empty", "is no ONNX model")]
    [InlineData("gone", "is missing")]
    public async Task Inspect_DamagedGraph_IsOneLine(string how, string expected)
    {
        foreach (string file in Directory.EnumerateFiles(Shared.Model("int4")))
            File.Copy(file, _folder[Path.GetFileName(file)]);
        string graph = _folder["model.onnx"];
        byte[] bytes = File.ReadAllBytes(graph);
        File.Delete(graph);
        if (how != "gone")
            File.WriteAllBytes(
                graph, how == "cut" ? bytes[..(bytes.Length / 2)] : how == "empty" ? [] : "this is no graph, but text"u8.ToArray());
        CommandLineResult result = await CommandLine.RunAsync("inspect", _folder.Path);
        Assert.Equal((int)ExitCode.Model, result.ExitCode);
        Assert.Contains(expected, result.ErrorLine, StringComparison.Ordinal);
    }

    [SharedFact]
    public async Task Inspect_Table_SaysWhatIsQuantized()
    {
        string table = (await CommandLine.SucceedAsync("inspect", Shared.Model("int4"))).Output;
        Assert.Contains("MatMulNBits 4 bits", table, StringComparison.Ordinal);
        Assert.Contains("stories260k-int4: llama, ", table, StringComparison.Ordinal);
        Assert.Contains("chat template: none", table, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
