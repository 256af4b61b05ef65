using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;

namespace EvalHarness.Tests.Adapters;

/// <summary>Adapters that cannot be used are refused in one line, and never left out.</summary>
public sealed class AdapterMistakeTests : IDisposable
{
    private readonly LoraModel _model = new(rank: 4);

    public static TheoryData<string, string> Files => new()
    {
        { "missing", "there is no such file; expected an adapter of ONNX Runtime (.onnx_adapter)" },
        { "folder", "is a folder; expected an adapter of ONNX Runtime (.onnx_adapter); one of PEFT or in safetensors must be converted" },
        { "empty", "is no adapter: bytes 4 to 7 are not TORT" },
        { "text", "is no adapter: bytes 4 to 7 are not TORT" },
        { "cut", "is damaged: it ends before what byte " },
        { "letters alone", "is damaged: it ends before what byte " },
        { "no parameters", "holds no parameters" },
        { "wrong size", "is damaged: parameter layers.0.query.lora_A.weight has 12 bytes, and float32 of [192, 4] takes 3072" },
        { "wrong name", "its parameter layers.9.query.lora_A.weight is none of the 36 inputs that model.onnx has for adapters, such as " },
        { "of a weight", "its parameter layers.0.query.weight is none of the 36 inputs" },
        { "wrong rank", "its parameter layers.0.query.lora_A.weight is [192, 8]; model.onnx takes [192, 4]" },
        { "wrong dimensions", "its parameter layers.0.query.lora_A.weight is [768]; model.onnx takes [192, 4]" },
        { "wrong type", "its parameter layers.0.query.lora_A.weight is int32; model.onnx takes float32" },
        { "no numbers", "the model's logits are not finite with it; expected numbers" },
    };

    private static byte[]? Bytes(string mistake)
    {
        List<AdapterMatrix> right = [.. LoraModel.Matrices(seed: 3, rank: 4, size: 0.1)];
        byte[] With(AdapterMatrix first) => AdapterWriter.Write([first, .. right.Skip(1)]);
        return mistake switch
        {
            "empty" => [],
            "text" => [.. "These are no weights."u8],
            "cut" => AdapterWriter.Write(right)[..^100],
            "letters alone" => [20, 0, 0, 0, .. "TORT"u8],
            "no parameters" => AdapterWriter.Write([]),
            "wrong size" => With(right[0] with { Values = [1, 2, 3] }),
            "wrong name" => With(right[0] with { Name = "layers.9.query.lora_A.weight" }),
            "of a weight" => With(right[0] with { Name = "layers.0.query.weight" }),
            "wrong rank" => AdapterWriter.Write(LoraModel.Matrices(seed: 3, rank: 8, size: 0.1)),
            "wrong dimensions" => With(right[0] with { Shape = [768] }),
            "wrong type" => With(right[0] with { Type = 6 }),
            "no numbers" => With(right[0] with { Values = [.. right[0].Values.Select(_ => float.NaN)] }),
            _ => null,
        };
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Load_FileThatCannotBeUsed_IsRefusedInOneLine(string mistake, string says)
    {
        string file = _model["a.onnx_adapter"];
        if (mistake == "folder")
            Directory.CreateDirectory(file);
        else if (Bytes(mistake) is { } bytes)
            File.WriteAllBytes(file, bytes);
        AssertRefused(says, await RefusedAsync(_model.Folder, file));
    }

    [Fact]
    public async Task Load_GraphWithoutInputsForAdapters_IsRefused() => AssertRefused(
        "model.onnx: this model's graph takes no adapters: it has no inputs for their matrices",
        await RefusedAsync(Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4"), _model.Adapter("a", 3)));

    [Fact]
    public async Task Load_GraphThatCannotRunWithoutAnAdapter_IsRefused()
    {
        using var needing = new LoraModel(ownRank: null);
        AssertRefused(
            "model.onnx: the input layers.0.query.lora_A.weight has no value of its own",
            await RefusedAsync(needing.Folder, needing.Adapter("a", 3)));
    }

    /// <summary>The runtime takes such an adapter without a word, and the scores would be the base's.</summary>
    [Fact]
    public async Task Load_GraphThatDoesNotUseItsInputs_IsRefused()
    {
        using var unused = new LoraModel(rank: 4, isUsed: false);
        AssertRefused(
            "the model computes the same numbers with it as without it, and with any other values",
            await RefusedAsync(unused.Folder, unused.Adapter("a", 3)));
    }

    private static async Task<EvalException> RefusedAsync(string folder, string file) => await Assert.ThrowsAsync<EvalException>(
        async () => await GenAiEngine.LoadAsync(folder, new GenAiOptions { Adapter = file }, CancellationToken.None));

    private static void AssertRefused(string says, EvalException refused)
    {
        Assert.Equal(ExitCode.Model, refused.ExitCode);
        Assert.Contains($"a.onnx_adapter: {says}", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    public void Dispose() => _model.Dispose();
}
