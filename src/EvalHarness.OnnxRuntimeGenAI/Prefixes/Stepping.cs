using System.Diagnostics;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Planning;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Prefixes;

/// <summary>The time that a completion of a given length takes.</summary>
/// <param name="First">The seconds for the prompt and the first token.</param>
/// <param name="Others">The seconds for all other tokens.</param>
internal readonly record struct Stepping(double First, double Others)
{
    /// <summary>A prompt of a given length that repeats a fixed text. The time of a decoder does not depend on the tokens.</summary>
    internal static int[] Prompt(LoadedModel model, int length)
    {
        int[] tokens = model.Tokenizer.EncodeProbe("The quick brown fox jumps over the lazy dog, and 12 more do.");
        int[] text = tokens.Length > 0 ? tokens : [model.Tokenizer.FirstToken];
        return [.. Enumerable.Range(0, length).Select(i => text[i % text.Length])];
    }

    /// <summary>
    /// Times one row as runs compute it: only the logits of the plan's last step are read, and each next token is chosen by this program.
    /// </summary>
    internal static Stepping Alone(LoadedModel model, int[] prompt, int generate)
    {
        using ModelSession session = model.NewSession(prompt.Length + generate);
        long start = Stopwatch.GetTimestamp();
        foreach (PlanStep step in PrefixPlan.Build([new PlannedSequence(prompt, prompt.Length - 1)]).Steps)
        {
            if (step.Start < session.Length)
                session.RewindTo(step.Start);
            session.Append(prompt.AsSpan(step.Start, step.Length));
        }

        int next = LogSoftmax.ArgMax(session.ReadRows().Last);
        double first = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        for (int i = 1; i < generate; i++)
        {
            session.Append([next]);
            next = LogSoftmax.ArgMax(session.ReadRows().Last);
        }

        return new Stepping(first, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>Times a batch of rows with the same prompt, for which the runtime chooses the tokens.</summary>
    internal static Stepping Batched(LoadedModel model, int[] prompt, int generate, int batchSize)
    {
        model.CheckMemory((long)batchSize * (prompt.Length + generate));
        using var parameters = new GeneratorParams(model.Model);
        SearchOptions.SetGreedy(parameters, model.Config, prompt.Length + generate, batchSize);
        // Without a minimum length, rows that end early would make the steps after them cheaper.
        parameters.SetSearchOption("min_length", prompt.Length + generate);
        using Generator generator = model.Generators.Create(parameters);
        long start = Stopwatch.GetTimestamp();
        generator.AppendTokens([.. Enumerable.Repeat(prompt, batchSize).SelectMany(p => p)]);
        generator.GenerateNextToken();
        double first = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        for (int i = 1; i < generate; i++)
            generator.GenerateNextToken();
        return new Stepping(first, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
