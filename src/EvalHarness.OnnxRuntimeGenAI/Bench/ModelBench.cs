using System.Diagnostics;
using EvalHarness.Planning;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Bench;

/// <summary>
/// Measures a model: one row in the way runs compute it (append, read the row, choose), several rows in the runtime's own batches. The
/// tokens are a fixed text over and over; a decoder's time does not depend on which they are.
/// </summary>
public static class ModelBench
{
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: a length that the model's context does not hold, or batches that it does not compute rightly;
    /// <see cref="ExitCode.Model"/>: the model does not load.
    /// </exception>
    public static async Task<BenchReport> RunAsync(string folder, GenAiOptions options, BenchOptions bench, CancellationToken cancellationToken)
    {
        GenAiEngine engine = await GenAiEngine.LoadAsync(folder, options, cancellationToken).ConfigureAwait(false);
        await using (engine.ConfigureAwait(false))
        {
            LoadedModel model = engine.Model;
            Check(model, bench);
            using var energy = EnergyMeter.Open();
            List<BenchRow> rows = [];
            foreach (int batchSize in bench.BatchSizes)
            {
                foreach (int length in bench.PromptLengths)
                    rows.Add(await Task.Run(() => Measure(model, bench, length, batchSize, energy, cancellationToken), cancellationToken).ConfigureAwait(false));
            }

            return new BenchReport
            {
                Model = engine.Description,
                DiskBytes = engine.Description.Files.Sum(f => f.Bytes),
                LoadSeconds = model.LoadTime.TotalSeconds,
                PeakMemory = Process.GetCurrentProcess().PeakWorkingSet64,
                EnergySource = energy?.Source,
                Rows = rows,
            };
        }
    }

    private static void Check(LoadedModel model, BenchOptions bench)
    {
        if (bench.Generate < 2)
            throw new EvalException(ExitCode.Usage, $"--generate {bench.Generate}: expected 2 or more, the first token is counted apart");
        if (bench.Repeat < 1)
            throw new EvalException(ExitCode.Usage, $"--repeat {bench.Repeat}: expected 1 or more");
        if (bench.PromptLengths.FirstOrDefault(l => l < 1 || l + bench.Generate > model.Config.ContextLength) is var wrong && wrong != 0)
            throw new EvalException(ExitCode.Usage, $"--prompt-lengths {wrong}: expected 1 to {model.Config.ContextLength - bench.Generate}, so that {bench.Generate} more fit the model's context of {model.Config.ContextLength}");
        if (bench.BatchSizes.FirstOrDefault(b => b is < 1 or > 32) is var size && size != 0)
            throw new EvalException(ExitCode.Usage, $"--batch-sizes {size}: expected 1 to 32");
        if (bench.BatchSizes.Any(b => b > 1) && !model.Capabilities.Batch)
            throw new EvalException(ExitCode.Usage, $"--batch-sizes {bench.BatchSizes.Max()}: this model does not compute batches rightly (see doctor --model); expected 1");
    }

    private static BenchRow Measure(LoadedModel model, BenchOptions bench, int length, int batchSize, EnergyMeter? energy, CancellationToken cancellationToken)
    {
        int[] text = model.Tokenizer.EncodePrompt("The quick brown fox jumps over the lazy dog, and 12 more do.");
        int[] prompt = [.. Enumerable.Range(0, length).Select(i => text[i % text.Length])];
        var runs = new List<(double First, double Others, double Joules)>();
        for (int i = 0; i <= bench.Repeat; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double before = energy?.Joules() ?? 0;
            (double first, double others) = batchSize == 1 ? Single(model, prompt, bench.Generate) : Batch(model, prompt, bench.Generate, batchSize);
            runs.Add((first, others, (energy?.Joules() ?? 0) - before));
        }

        // The first one allocates and warms the caches.
        runs.RemoveAt(0);
        int tokens = batchSize * (length + bench.Generate);
        return new BenchRow
        {
            PromptLength = length,
            BatchSize = batchSize,
            Prefill = Measured.Of([.. runs.Select(r => batchSize * length / r.First)]),
            FirstToken = Measured.Of([.. runs.Select(r => r.First)]),
            Decode = Measured.Of([.. runs.Select(r => batchSize * (bench.Generate - 1) / r.Others)]),
            Energy = energy is null ? null : Measured.Of([.. runs.Select(r => r.Joules / tokens)]),
        };
    }

    private static (double First, double Others) Single(LoadedModel model, int[] prompt, int generate)
    {
        using ModelSession session = model.NewSession(prompt.Length + generate);
        long start = Stopwatch.GetTimestamp();
        // All rows' logits of a long piece would be copied; runs read those of the last piece only.
        foreach ((int from, int count) in Pieces(prompt.Length))
            session.Append(prompt.AsSpan(from, count));
        int next = LogSoftmax.ArgMax(session.ReadRows().Last);
        double first = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        for (int i = 1; i < generate; i++)
        {
            session.Append([next]);
            next = LogSoftmax.ArgMax(session.ReadRows().Last);
        }

        return (first, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>As the plan cuts a prompt whose last row is read.</summary>
    private static IEnumerable<(int From, int Count)> Pieces(int length) =>
        PrefixPlan.Build([new PlannedSequence(new int[length], length - 1)]).Steps.Select(s => (s.Start, s.Length));

    private static (double First, double Others) Batch(LoadedModel model, int[] prompt, int generate, int batchSize)
    {
        using var parameters = new GeneratorParams(model.Model);
        model.CheckMemory((long)batchSize * (prompt.Length + generate));
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
        return (first, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
