using EvalHarness.OnnxRuntimeGenAI.Bench;
using EvalHarness.Planning;

namespace EvalHarness.OnnxRuntimeGenAI.Prefixes;

/// <summary>Measures a loaded model for the choice between shared prefixes and batches: a second or two, less for small models.</summary>
internal static class RateProbe
{
    private const int BatchSize = 8, PromptLength = 32, PrefillLength = 256, Generate = 17;

    internal static GenerationRates Measure(LoadedModel model)
    {
        int room = Math.Max(1, model.Config.ContextLength - Generate);
        int[] text = Stepping.Prompt(model, Math.Min(PrefillLength, room)), prompt = text[..Math.Min(PromptLength, text.Length)];
        // The first of each warms up.
        Stepping prefill = Second(() => Stepping.Alone(model, text, generate: 1));
        Stepping alone = Second(() => Stepping.Alone(model, prompt, Generate));
        Stepping batched = Second(() => Stepping.Batched(model, prompt, Generate, BatchSize));
        return new GenerationRates(BatchSize, text.Length / prefill.First, (Generate - 1) / alone.Others, BatchSize * (Generate - 1) / batched.Others);
    }

    private static Stepping Second(Func<Stepping> measure)
    {
        _ = measure();
        return measure();
    }
}
