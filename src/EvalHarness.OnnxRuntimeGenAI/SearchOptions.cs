using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>Sets every search option, because genai_config.json's own search block would decide whatever is left open.</summary>
internal static class SearchOptions
{
    internal static void SetGreedy(GeneratorParams parameters, int maxLength, int batchSize)
    {
        parameters.SetSearchOption("max_length", maxLength);
        parameters.SetSearchOption("min_length", 0);
        parameters.SetSearchOption("batch_size", batchSize);
        parameters.SetSearchOption("do_sample", false);
        parameters.SetSearchOption("num_beams", 1);
        parameters.SetSearchOption("num_return_sequences", 1);
        parameters.SetSearchOption("repetition_penalty", 1);
        parameters.SetSearchOption("no_repeat_ngram_size", 0);
        parameters.SetSearchOption("length_penalty", 1);
        parameters.SetSearchOption("diversity_penalty", 0);
        parameters.SetSearchOption("temperature", 1);
        parameters.SetSearchOption("top_k", 1);
        parameters.SetSearchOption("top_p", 1);
        parameters.SetSearchOption("early_stopping", true);
        parameters.SetSearchOption("chunk_size", 0);
        // Guesses of tokens from the text so far, which a "speculative" block of the model's config switches on, and batches refuse.
        parameters.SetSpeculativeNumber("ngram_size", 0);
    }
}
