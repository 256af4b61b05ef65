using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace EvalHarness.Tests.LlamaCpp;

/// <summary>Writes models of this machine as GGUF files of the architecture "llama".</summary>
internal static class GgufModels
{
    private static readonly Dictionary<int, (string Name, uint FileType)> Types = new()
    {
        [GgufWriter.F32] = ("F32", 0),
        [GgufWriter.Q4_0] = ("Q4_0", 2),
        [GgufWriter.Q8_0] = ("Q8_0", 7),
    };

    /// <summary>As the ONNX folders of stories260k have it. The checkpoint itself says 512.</summary>
    private const int Context = 8192;

    /// <summary>
    /// stories260k of llama2.c's checkpoint and vocabulary. Its feed-forward width of 172 is no multiple of 32, so that ffn_down stays F32.
    /// </summary>
    internal static string WriteStories(string folder, int type)
    {
        string source = Path.Combine(Shared.Folder, "models", "stories260k-source");
        byte[] bytes = File.ReadAllBytes(Path.Combine(source, "stories260K.bin"));
        ReadOnlySpan<int> header = MemoryMarshal.Cast<byte, int>(bytes.AsSpan(0, 28));
        var shape = new Shape(header[0], header[1], header[2], header[3], header[4], header[5], Context);
        float[] values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(28)).ToArray();
        int at = 0;
        float[][] Take(int count, int length) => [.. Enumerable.Range(0, count).Select(_ => values[at..(at += length)])];
        int keys = shape.KeyHeads * shape.Head, layers = shape.Layers, width = shape.Width;
        float[] embedding = Take(1, shape.Vocabulary * width)[0];
        var parts = new Dictionary<string, float[][]>();
        foreach ((string part, int length) in ((string, int)[])
            [
                ("attn_norm", width), ("attn_q", width * width), ("attn_k", keys * width), ("attn_v", keys * width),
                ("attn_output", width * width), ("ffn_norm", width), ("ffn_gate", shape.Hidden * width),
                ("ffn_down", width * shape.Hidden), ("ffn_up", shape.Hidden * width),
            ])
        {
            parts[part] = Take(layers, length);
        }

        GgufWriter writer = Begin("stories260k", shape, type);
        AddSentencePieces(writer, Path.Combine(source, "tok512.bin"), Shared.Model("fp32"));
        AddTensors(writer, shape, type, embedding, parts, norm: Take(1, width)[0], classifier: null);
        return Save(writer, folder, "stories260k", type);
    }

    /// <summary>
    /// The embedded model from its ONNX graph in float32, with the rows of queries and keys in llama.cpp's order of rotary pairs.
    /// </summary>
    internal static string WriteTiny(string folder, int type)
    {
        string source = Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-fp32");
        var shape = new Shape(192, 512, 6, 6, 3, 1536, 1024);
        Dictionary<string, (long[] Shape, float[] Values)> weights = OnnxWeights.Read(Path.Combine(source, "model.onnx"));
        float[] Matrix(string name) => Transposed(weights[name]);
        float[][] Layers(string part, Func<float[], float[]>? change = null) =>
            [.. Enumerable.Range(0, shape.Layers).Select(l => $"layers.{l}.{part}.weight").Select(name =>
                weights[name].Shape.Length == 1 ? weights[name].Values : (change ?? (m => m))(Matrix(name)))];
        var parts = new Dictionary<string, float[][]>
        {
            ["attn_norm"] = Layers("attention_norm"),
            ["attn_q"] = Layers("query", m => Paired(m, shape.Heads, shape)),
            ["attn_k"] = Layers("key", m => Paired(m, shape.KeyHeads, shape)),
            ["attn_v"] = Layers("value"),
            ["attn_output"] = Layers("output"),
            ["ffn_norm"] = Layers("hidden_norm"),
            ["ffn_gate"] = Layers("gate"),
            ["ffn_up"] = Layers("up"),
            ["ffn_down"] = Layers("down"),
        };
        GgufWriter writer = Begin("tiny", shape, type);
        AddBytePairs(writer, source);
        AddTensors(
            writer, shape, type, weights["embedding.weight"].Values, parts,
            norm: weights["final_norm.weight"].Values, Matrix("classifier.weight"));
        return Save(writer, folder, "tiny", type);
    }

    internal sealed record Shape(int Width, int Hidden, int Layers, int Heads, int KeyHeads, int Vocabulary, int Context)
    {
        internal int Head => Width / Heads;
    }

    private static GgufWriter Begin(string name, Shape shape, int type) => new GgufWriter()
        .Add("general.architecture", "llama")
        .Add("general.name", name)
        .Add("general.file_type", Types[type].FileType)
        .Add("llama.context_length", (uint)shape.Context)
        .Add("llama.embedding_length", (uint)shape.Width)
        .Add("llama.block_count", (uint)shape.Layers)
        .Add("llama.feed_forward_length", (uint)shape.Hidden)
        .Add("llama.attention.head_count", (uint)shape.Heads)
        .Add("llama.attention.head_count_kv", (uint)shape.KeyHeads)
        .Add("llama.attention.layer_norm_rms_epsilon", 1e-5f)
        .Add("llama.rope.dimension_count", (uint)shape.Head)
        .Add("llama.rope.freq_base", 10_000f)
        .Add("llama.vocab_size", (uint)shape.Vocabulary);

    private static string Save(GgufWriter writer, string folder, string name, int type)
    {
        string file = Path.Combine(Directory.CreateDirectory(folder).FullName, $"{name}-{Types[type].Name}.gguf");
        writer.Save(file);
        return file;
    }

    /// <summary>The scores are those of llama2.c's vocabulary, the texts those of tokenizer.json, where a space is U+2581.</summary>
    private static void AddSentencePieces(GgufWriter writer, string vocabulary, string folder)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer.json")));
        string[] tokens = Tokens(json);
        var scores = new List<float>();
        byte[] bytes = File.ReadAllBytes(vocabulary);
        for (int at = 4; at < bytes.Length; at += 8 + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 4)))
            scores.Add(BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(at)));
        const int Normal = 1, Unknown = 2, Control = 3, Byte = 6;
        int[] types = [.. tokens.Select((t, id) => id == 0 ? Unknown : id < 3 ? Control : id < 259 ? Byte : Normal)];
        writer.Add("tokenizer.ggml.model", "llama")
            .Add("tokenizer.ggml.tokens", tokens)
            .Add("tokenizer.ggml.scores", scores.ToArray())
            .Add("tokenizer.ggml.token_type", types)
            .Add("tokenizer.ggml.bos_token_id", 1u)
            .Add("tokenizer.ggml.eos_token_id", 2u)
            .Add("tokenizer.ggml.unknown_token_id", 0u)
            .Add("tokenizer.ggml.add_bos_token", true)
            .Add("tokenizer.ggml.add_eos_token", false)
            .Add("tokenizer.ggml.add_space_prefix", true);
    }

    private static void AddBytePairs(GgufWriter writer, string folder)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer.json")));
        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer_config.json")));
        HashSet<int> special =
            [.. json.RootElement.GetProperty("added_tokens").EnumerateArray().Select(t => t.GetProperty("id").GetInt32())];
        string[] tokens = Tokens(json);
        string[] merges = [.. json.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray().Select(m =>
            m.ValueKind == JsonValueKind.String ? m.GetString()! : string.Join(' ', m.EnumerateArray().Select(p => p.GetString())))];
        writer.Add("tokenizer.ggml.model", "gpt2")
            .Add("tokenizer.ggml.pre", "gpt-2")
            .Add("tokenizer.ggml.tokens", tokens)
            .Add("tokenizer.ggml.token_type", tokens.Select((_, id) => special.Contains(id) ? 3 : 1).ToArray())
            .Add("tokenizer.ggml.merges", merges)
            .Add("tokenizer.ggml.bos_token_id", 0u)
            .Add("tokenizer.ggml.eos_token_id", 1u)
            .Add("tokenizer.ggml.padding_token_id", 5u)
            .Add("tokenizer.ggml.add_bos_token", true)
            .Add("tokenizer.chat_template", config.RootElement.GetProperty("chat_template").GetString()!);
    }

    private static string[] Tokens(JsonDocument json)
    {
        var texts = new SortedDictionary<int, string>();
        foreach (JsonProperty token in json.RootElement.GetProperty("model").GetProperty("vocab").EnumerateObject())
            texts[token.Value.GetInt32()] = token.Name;
        foreach (JsonElement token in json.RootElement.GetProperty("added_tokens").EnumerateArray())
            texts[token.GetProperty("id").GetInt32()] = token.GetProperty("content").GetString()!;
        return [.. texts.Values];
    }

    private static void AddTensors(
        GgufWriter writer, Shape shape, int type, float[] embedding, Dictionary<string, float[][]> parts, float[] norm, float[]? classifier)
    {
        int width = shape.Width;
        writer.AddTensor("token_embd.weight", [width, shape.Vocabulary], GgufWriter.F32, embedding);
        foreach ((string part, float[][] layers) in parts)
        {
            int row = part == "ffn_down" ? shape.Hidden : width;
            for (int layer = 0; layer < layers.Length; layer++)
            {
                float[] values = layers[layer];
                long[] dimensions = part.EndsWith("norm", StringComparison.Ordinal) ? [values.Length] : [row, values.Length / row];
                writer.AddTensor($"blk.{layer}.{part}.weight", dimensions, type, values);
            }
        }

        writer.AddTensor("output_norm.weight", [width], GgufWriter.F32, norm);
        if (classifier is not null)
            writer.AddTensor("output.weight", [width, shape.Vocabulary], type, classifier);
    }

    private static float[] Transposed((long[] Shape, float[] Values) matrix)
    {
        (int rows, int columns) = ((int)matrix.Shape[0], (int)matrix.Shape[1]);
        float[] result = new float[matrix.Values.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                result[(column * rows) + row] = matrix.Values[(row * columns) + column];
        }

        return result;
    }

    /// <summary>
    /// Puts the rows of each head that are rotated together beside each other: the graph rotates halves of a head, llama.cpp neighbours.
    /// </summary>
    private static float[] Paired(float[] matrix, int heads, Shape shape)
    {
        (int width, int half) = (shape.Width, shape.Head / 2);
        float[] result = new float[matrix.Length];
        for (int head = 0; head < heads; head++)
        {
            for (int i = 0; i < shape.Head; i++)
            {
                int from = (head * shape.Head) + (i % 2 * half) + (i / 2), to = (head * shape.Head) + i;
                matrix.AsSpan(from * width, width).CopyTo(result.AsSpan(to * width));
            }
        }

        return result;
    }
}
