using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Planning;

namespace EvalHarness.OnnxRuntimeGenAI.Prefixes;

/// <summary>
/// Measures the rates by which the engine chooses between shared prefixes and batches. This takes about two seconds, and less for small
/// models.
/// </summary>
internal static class RateProbe
{
    private const int BatchSize = 8, PromptLength = 32, PrefillLength = 256, Generate = 17;

    internal static GenerationRates Measure(LoadedModel model)
    {
        int room = Math.Max(1, model.Config.ContextLength - Generate);
        int[] text = Stepping.Prompt(model, Math.Min(PrefillLength, room));
        int[] prompt = text[..Math.Min(PromptLength, text.Length)];
        Stepping prefill = Second(() => Stepping.Alone(model, text, generate: 1));
        Stepping alone = Second(() => Stepping.Alone(model, prompt, Generate));
        Stepping batched = Second(() => Stepping.Batched(model, prompt, Generate, BatchSize));
        return new GenerationRates(
            BatchSize, text.Length / prefill.First, (Generate - 1) / alone.Others, BatchSize * (Generate - 1) / batched.Others);
    }

    /// <summary>Measures twice and keeps the second measurement, since the first one warms up the caches.</summary>
    private static Stepping Second(Func<Stepping> measure)
    {
        _ = measure();
        return measure();
    }
}
