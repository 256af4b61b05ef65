namespace EvalHarness.Tests.Families;

/// <summary>A family of models, of which family.py beside this file has the architecture at its smallest size.</summary>
/// <param name="Name">The name in family.py.</param>
/// <param name="Title">What people call it.</param>
/// <param name="Vocabulary">The folder of the vocabulary in the shared folder.</param>
/// <param name="Traits">What the graph has of the architecture, beside what all of them have.</param>
internal sealed record FamilyCase(string Name, string Title, string Vocabulary, string Traits)
{
    /// <summary>Whose vocabulary the family has, if the shared folder has only one that is close to it.</summary>
    internal string? OwnVocabulary { get; init; }

    /// <summary>Why not everything is right with this graph; null where all of it must be.</summary>
    internal string? Trouble { get; init; }

    internal static IReadOnlyList<FamilyCase> All { get; } =
    [
        new("llama-2", "Llama 2", "llama2", "as many key heads as query heads"),
        new("llama-3", "Llama 3.1, 3.2", "llama3.1", "grouped key heads, Llama 3's stretched rotary positions, tied embedding"),
        new("mistral", "Mistral", "mistral-v3", "a window of 8 tokens in every layer"),
        new("mixtral", "Mixtral", "mistral-v3", "8 experts, 2 for each token (MoE)") { OwnVocabulary = "Mistral v1" },
        new("qwen-2", "Qwen 2, 2.5", "qwen3", "biases of queries, keys and values, tied embedding") { OwnVocabulary = "Qwen 2" },
        new("qwen-3", "Qwen 3", "qwen3", "norms of the heads of queries and keys, tied embedding"),
        new("deepseek-distill", "DeepSeek-R1 distillates", "deepseek-v3", "biases of queries, keys and values")
        {
            OwnVocabulary = "Qwen 2 or Llama 3, with DeepSeek's special tokens",
        },
        new("phi-3", "Phi-3 mini, 4k", "phi-3-mini", "a window of 24 tokens in every layer, and caches of that window"),
        new("phi-3-long", "Phi-3 mini, 128k", "phi-3-mini", "LongRoPE, whose long factors begin at 33 tokens in place of 4,097")
        {
            Trouble = "Texts that are longer than LongRoPE's original context, which is 4,096 tokens for Phi-3 and Phi-4-mini, get "
                + "other numbers: they need its long factors for all their keys, and the engine keeps keys that it computed with the short "
                + "factors while the text was shorter. Texts up to that length are right.",
        },
        new("phi-4-mini", "Phi-4-mini", "phi-4-mini", "three quarters of a head rotated, LongRoPE, tied embedding"),
        new("gemma-2", "Gemma 2", "gemma3", "a window of 8 tokens in every other layer, caps of scores and logits, four norms, GELU")
        {
            OwnVocabulary = "Gemma 2",
        },
        new("gemma-3", "Gemma 3", "gemma3", "a window of 8 tokens and its rotary base in five layers of six, norms of heads, four norms"),
        new("gemma-3-window-cache", "Gemma 3, short caches", "gemma3", "as Gemma 3, and layers with a window have caches of that window"),
        new("olmo-2", "OLMo 2", "olmo2-dolma2", "norms behind each half of a layer, and over all queries and all keys together"),
        new("granite", "Granite 3", "form-smollm2-granite", "multipliers of embedding, residuals, scores and logits, tied embedding"),
        new("smollm-3", "SmolLM3", "llama3.1", "no rotary positions in every fourth layer, tied embedding")
        {
            OwnVocabulary = "Llama 3, with special tokens of its own",
        },
    ];
}
