using EvalHarness.LlamaCpp.Gguf;
using EvalHarness.LlamaCpp.Runtime;

namespace EvalHarness.Tests.LlamaCpp;

/// <summary>GGUF files that are whole, damaged, cut off, or made to mislead.</summary>
public sealed class GgufFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Tiny(int type = GgufWriter.Q4_0) => GgufModels.WriteTiny(_folder.Path, type);

    private static EvalException Refused(string file)
    {
        EvalException thrown = Assert.Throws<EvalException>(() => LlamaModel.Load(file, new LlamaCppOptions()).Dispose());
        Assert.Equal(ExitCode.Model, thrown.ExitCode);
        Assert.Contains(file, thrown.Message, StringComparison.Ordinal);
        return thrown;
    }

    /// <summary>A small file with one tensor, which is a header in order and no model.</summary>
    private string Small(Action<GgufWriter> change)
    {
        GgufWriter writer = new GgufWriter().Add("general.architecture", "llama").Add("tokenizer.ggml.tokens", (string[])["a", "b"]);
        change(writer);
        writer.Save(_folder["small.gguf"]);
        return _folder["small.gguf"];
    }

    [Fact]
    public void Read_WholeFile_SaysWhatItHolds()
    {
        var file = GgufFile.Read(Tiny());
        Assert.Equal(("llama", 192L), (file.Text("general.architecture"), file.Number("llama.embedding_length")));
        Assert.Null(file.Number("none"));
        Assert.Equal("43 Q4_0, 14 F32", file.TensorTypes);
        Assert.Equal(new GgufArray(8, 1536), file.Metadata["tokenizer.ggml.tokens"]);
        Assert.Equal([192, 1536], file.Tensors[0].Shape);
        Assert.Equal(192 * 1536 * 4, file.Tensors[0].Bytes);
    }

    [SharedFact]
    public void Write_RowsThatAreNoWholeBlocks_StayFloat32()
    {
        var file = GgufFile.Read(GgufModels.WriteStories(_folder.Path, GgufWriter.Q4_0));
        // Besides the vectors and the embedding: a row of ffn_down has 172 values.
        Assert.Equal("30 Q4_0, 17 F32", file.TensorTypes);
        Assert.All(file.Tensors.Where(t => t.Name.Contains("ffn_down", StringComparison.Ordinal)), t => Assert.Equal("F32", t.TypeName));
    }

    [Theory]
    [InlineData(0, "GGML", "does not begin with 'GGUF'")]
    [InlineData(4, "\u0001\0\0\0", "version 1")]
    [InlineData(4, "\0\0\0\u0003", "version 50331648")]
    [InlineData(8, "\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f", "tensors, for which the file is too short")]
    [InlineData(16, "\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f", "values, for which the file is too short")]
    [InlineData(24, "\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f", "bytes of a text, for which the file is too short")]
    public void Load_DamagedHeader_IsOneLine(int at, string bytes, string expected)
    {
        string file = Tiny();
        using (FileStream stream = File.OpenWrite(file))
        {
            stream.Position = at;
            stream.Write([.. bytes.Select(c => (byte)c)]);
        }

        Assert.Contains(expected, Refused(file).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CutOffAnywhere_IsOneLine()
    {
        byte[] whole = File.ReadAllBytes(Tiny());
        string file = _folder["cut.gguf"];
        foreach (int length in Enumerable.Range(0, 60).Concat(Enumerable.Range(1, 100).Select(i => (int)((whole.Length - 64L) * i / 100))))
        {
            File.WriteAllBytes(file, whole[..length]);
            Refused(file);
        }
    }

    /// <summary>A damaged header is read or refused, and never takes the memory that it asks for.</summary>
    [Fact]
    public void Read_AnyByteOfTheHeaderChanged_ThrowsNothingElse()
    {
        byte[] whole = File.ReadAllBytes(Tiny())[..60_000];
        string file = _folder["changed.gguf"];
        var random = new Random(19);
        for (int i = 0; i < 500; i++)
        {
            byte[] changed = [.. whole];
            for (int change = 0; change < 3; change++)
                changed[random.Next(random.Next(2) == 0 ? 900 : whole.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(file, changed);
            Assert.Equal(ExitCode.Model, Assert.Throws<EvalException>(() => GgufFile.Read(file)).ExitCode);
        }
    }

    public static TheoryData<string, string> Misleading => new()
    {
        { "no tensors", "has no tensors" },
        { "scores of another length", "tokenizer.ggml.scores has 1 values for 2 tokens" },
        { "types as texts", "tokenizer.ggml.token_type is no list of int32 numbers" },
        { "alignment", "general.alignment is 3" },
        { "context", "llama.context_length is 2147483648" },
        { "layers", "llama.block_count is 0" },
        { "epsilon", "llama.attention.layer_norm_rms_epsilon is NaN" },
        { "half a block", "which no tensor can be" },
        { "empty tensor", "which no tensor can be" },
        { "tensor twice", "has tensor a twice" },
        { "huge tensor", "is no whole GGUF file" },
        { "parts", "llama-gguf-split --merge" },
    };

    [Theory]
    [MemberData(nameof(Misleading))]
    public void Load_MisleadingHeader_IsOneLine(string what, string expected) =>
        Assert.Contains(expected, Refused(Small(writer =>
        {
            if (what != "no tensors")
                writer.AddTensor("a", [32], GgufWriter.F32, new byte[128]);
            _ = what switch
            {
                "scores of another length" => writer.Add("tokenizer.ggml.scores", (float[])[1]),
                "types as texts" => writer.Add("tokenizer.ggml.token_type", (string[])["a", "b"]),
                "alignment" => writer.Add("general.alignment", 3u),
                "context" => writer.Add("llama.context_length", 1u << 31),
                "layers" => writer.Add("llama.block_count", 0u),
                "epsilon" => writer.Add("llama.attention.layer_norm_rms_epsilon", float.NaN),
                "parts" => writer.Add("split.count", 2u),
                _ => writer,
            };
            if (what == "half a block")
                writer.AddTensor("b", [16, 2], GgufWriter.Q4_0, new byte[64]);
            if (what == "empty tensor")
                writer.AddTensor("b", [0], GgufWriter.F32, Array.Empty<byte>());
            if (what == "tensor twice")
                writer.AddTensor("a", [32], GgufWriter.F32, new byte[128]);
            if (what == "huge tensor")
                writer.AddTensor("b", [1L << 40, 1L << 40], GgufWriter.F32, new byte[128]);
        })).Message, StringComparison.Ordinal);

    /// <summary>A header in order that llama.cpp cannot use: its own words are part of the line.</summary>
    [Theory]
    [InlineData("llama", "llama.cpp does not load it: ")]
    [InlineData("gargantua", "unknown model architecture: 'gargantua'")]
    public void Load_WhatLlamaCppRefuses_IsOneLine(string architecture, string expected)
    {
        var writer = new GgufWriter().Add("general.architecture", architecture).Add("tokenizer.ggml.tokens", (string[])["a"]);
        writer.AddTensor("a", [32], GgufWriter.F32, new byte[128]);
        writer.Save(_folder["refused.gguf"]);
        string message = Refused(_folder["refused.gguf"]).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Load_WeightsThatAreNoNumbers_IsOneLine()
    {
        string file = Tiny(GgufWriter.F32);
        using (FileStream stream = File.OpenWrite(file))
        {
            stream.Position = stream.Length - 4000;
            stream.Write([0, 0, 0xc0, 0x7f]);
        }

        Assert.Contains("llama.cpp does not load it", Refused(file).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoFile_IsOneLine() =>
        Assert.Contains("there is no such file", Refused(_folder["none.gguf"]).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(1)]
    [InlineData(1025)]
    public void Load_LengthOutsideTheContext_IsAUsageError(int length)
    {
        EvalException thrown = Assert.Throws<EvalException>(() => LlamaModel.Load(Tiny(), new LlamaCppOptions { MaxLength = length }));
        Assert.Equal(ExitCode.Usage, thrown.ExitCode);
        Assert.Contains("expected 2 to 1024", thrown.Message, StringComparison.Ordinal);
    }
}
