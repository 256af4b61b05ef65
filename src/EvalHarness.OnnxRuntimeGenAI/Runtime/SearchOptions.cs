using EvalHarness.OnnxRuntimeGenAI.Inspection;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>Sets every search option, because any option that is not set comes from the search block of genai_config.json.</summary>
internal static class SearchOptions
{
    internal static void SetGreedy(GeneratorParams parameters, ModelConfig config, int maxLength, int batchSize)
    {
        parameters.SetSearchOption("max_length", Math.Max(maxLength, config.Window));
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
        // A "speculative" block in genai_config.json can switch on guesses from n-grams of the text so far, with which batches fail.
        parameters.SetSpeculativeNumber("ngram_size", 0);
    }
}
