using System.Diagnostics;
using EvalHarness.Engines;
using EvalHarness.Planning;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Bench;

/// <summary>Seconds of a prompt with its first token, and of the tokens after it.</summary>
/// <param name="First">Prompt and first token.</param>
/// <param name="Others">All other tokens.</param>
internal readonly record struct Stepping(double First, double Others)
{
    /// <summary>A fixed text over and over: a decoder's time does not depend on which tokens they are.</summary>
    internal static int[] Prompt(LoadedModel model, int length)
    {
        int[] text = model.Tokenizer.EncodeProbe("The quick brown fox jumps over the lazy dog, and 12 more do.") is { Length: > 0 } tokens ? tokens : [model.Tokenizer.FirstToken];
        return [.. Enumerable.Range(0, length).Select(i => text[i % text.Length])];
    }

    /// <summary>One row, as runs compute it: only the last piece's rows leave the runtime, and tokens are chosen outside.</summary>
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

    /// <summary>Several rows of the same prompt, stepped by the runtime.</summary>
    internal static Stepping Batched(LoadedModel model, int[] prompt, int generate, int batchSize)
    {
        model.CheckMemory((long)batchSize * (prompt.Length + generate));
        using var parameters = new GeneratorParams(model.Model);
        SearchOptions.SetGreedy(parameters, prompt.Length + generate, batchSize);
        // Rows that end early would be stepped no more.
        parameters.SetSearchOption("min_length", prompt.Length + generate);
        using var generator = new Generator(model.Model, parameters);
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
