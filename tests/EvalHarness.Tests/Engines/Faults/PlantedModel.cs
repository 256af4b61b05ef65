using System.Text.Json;

namespace EvalHarness.Tests.Engines.Faults;

/// <summary>What a model's graph is made of.</summary>
internal sealed record PlantedModel
{
    internal required Architecture Architecture { get; init; }

    internal required ModelWeights Weights { get; init; }

    internal GraphForm Form { get; init; } = new();

    internal GraphFault Fault { get; init; }

    /// <summary>Writes the model as a folder for ONNX Runtime GenAI.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="tokenizer">A model folder with a tokenizer of as many tokens.</param>
    internal void Write(string folder, string tokenizer)
    {
        GraphBuilder.Build(Architecture, Weights, Form, Fault).Save(Path.Combine(folder, "model.onnx"));
        foreach (string file in (string[])["tokenizer.json", "tokenizer_config.json"])
            File.Copy(Path.Combine(tokenizer, file), Path.Combine(folder, file));
        bool shared = Form.SharedBuffer && Form.Attention != AttentionForm.Decomposed;
        using JsonDocument source = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(tokenizer, "genai_config.json")));
        JsonElement ids = source.RootElement.GetProperty("model");
        var decoder = new
        {
            session_options = new { log_id = "onnxruntime-genai", provider_options = Array.Empty<object>() },
            filename = "model.onnx",
            head_size = Architecture.Head,
            hidden_size = Architecture.Width,
            num_attention_heads = Architecture.Heads,
            num_hidden_layers = Architecture.Layers,
            num_key_value_heads = Architecture.KeyHeads,
            inputs = new
            {
                input_ids = "input_ids",
                attention_mask = "attention_mask",
                past_key_names = "past_key_values.%d.key",
                past_value_names = "past_key_values.%d.value",
            },
            outputs = new { logits = "logits", present_key_names = "present.%d.key", present_value_names = "present.%d.value" },
        };
        var config = new
        {
            model = new
            {
                type = "llama",
                bos_token_id = ids.GetProperty("bos_token_id"),
                eos_token_id = ids.GetProperty("eos_token_id"),
                pad_token_id = ids.GetProperty("pad_token_id"),
                context_length = Architecture.Context,
                vocab_size = Architecture.Vocabulary,
                decoder,
            },
            search = new { max_length = Architecture.Context, past_present_share_buffer = shared },
        };
        File.WriteAllText(Path.Combine(folder, "genai_config.json"), JsonSerializer.Serialize(config));
    }
}
