using System.Diagnostics;
using EvalHarness.Planning;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>Measures a loaded model for the choice between shared prefixes and batches: a second or two, less for small models.</summary>
internal static class RateProbe
{
    private const int BatchSize = 8, PromptLength = 32, PrefillLength = 256, Warmup = 2, Steps = 16;

    internal static GenerationRates Measure(LoadedModel model)
    {
        int[] text = model.Tokenizer.EncodePrompt("The quick brown fox jumps over the lazy dog, and 12 more do.");
        int[] tokens = [.. Enumerable.Range(0, Math.Min(PrefillLength, model.Config.ContextLength - 1)).Select(i => text[i % text.Length])];
        int[] prompt = tokens[..Math.Min(PromptLength, tokens.Length)];
        int steps = Math.Min(Steps, model.Config.ContextLength - prompt.Length - Warmup - 1);
        using ModelSession session = model.NewSession(Math.Max(tokens.Length, prompt.Length + Warmup + steps));
        session.Append(prompt);
        session.RewindTo(0);
        double prefill = tokens.Length / Seconds(() => session.Append(tokens));
        session.RewindTo(0);
        session.Append(prompt);
        void Step()
        {
            session.Append(prompt.AsSpan(0, 1));
            _ = session.ReadRows();
        }

        Repeat(Warmup, Step);
        double decode = steps / Seconds(() => Repeat(steps, Step));
        return new GenerationRates(BatchSize, prefill, decode, BatchDecode(model, prompt, steps) ?? decode);
    }

    /// <summary>Null where the model ended the text at once.</summary>
    private static double? BatchDecode(LoadedModel model, int[] prompt, int steps)
    {
        using var parameters = new GeneratorParams(model.Model);
        SearchOptions.SetGreedy(parameters, prompt.Length + Warmup + steps + 1, BatchSize);
        using var generator = new Generator(model.Model, parameters);
        generator.AppendTokens([.. Enumerable.Repeat(prompt, BatchSize).SelectMany(p => p)]);
        int taken = 0;
        void Step()
        {
            if (generator.IsDone())
                return;
            generator.GenerateNextToken();
            taken++;
        }

        Repeat(Warmup, Step);
        taken = 0;
        double seconds = Seconds(() => Repeat(steps, Step));
        return taken == 0 ? null : BatchSize * taken / seconds;
    }

    private static void Repeat(int times, Action action)
    {
        for (int i = 0; i < times; i++)
            action();
    }

    private static double Seconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
