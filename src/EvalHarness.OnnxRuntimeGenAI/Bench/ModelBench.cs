using System.Diagnostics;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Prefixes;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Bench;

/// <summary>
/// Measures a model's speed by prompt length and batch size. A single row is computed as a run computes it, and several rows are computed
/// in a batch of the runtime.
/// </summary>
internal static class ModelBench
{
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: a length is beyond the model's context, or the model does not compute batches correctly.
    /// <see cref="ExitCode.Model"/>: the model does not load, or the runtime fails.
    /// </exception>
    public static async Task<BenchReport> RunAsync(
        string folder, GenAiOptions options, BenchOptions bench, CancellationToken cancellationToken)
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
                {
                    try
                    {
                        rows.Add(await Task
                            .Run(() => Measure(model, bench, length, batchSize, energy, cancellationToken), cancellationToken)
                            .ConfigureAwait(false));
                    }
                    catch (Exception e) when (e is OnnxRuntimeGenAIException or ModelSessionException)
                    {
                        throw new EvalException(
                            ExitCode.Model,
                            $"{folder}: the runtime failed with a prompt of {length} tokens: {EvalException.OneLine(e.Message)}",
                            e);
                    }
                }
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
        {
            throw new EvalException(
                ExitCode.Usage,
                $"--generate {bench.Generate}: expected 2 or more, because the first token is measured separately");
        }

        if (bench.Repeat < 1)
            throw new EvalException(ExitCode.Usage, $"--repeat {bench.Repeat}: expected 1 or more");
        int context = model.Config.ContextLength;
        if (bench.PromptLengths.FirstOrDefault(l => l < 1 || l + bench.Generate > context) is var wrong && wrong != 0)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"--prompt-lengths {wrong}: expected 1 to {context - bench.Generate}, "
                + $"so that {bench.Generate} generated tokens fit into the model's context of {context}");
        }

        if (bench.BatchSizes.FirstOrDefault(b => b is < 1 or > 32) is var size && size != 0)
            throw new EvalException(ExitCode.Usage, $"--batch-sizes {size}: expected 1 to 32");
        if (bench.BatchSizes.Any(b => b > 1) && !model.Capabilities.Batch)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"--batch-sizes {bench.BatchSizes.Max()}: this model does not compute batches correctly (see doctor --model); expected 1");
        }
    }

    private static BenchRow Measure(
        LoadedModel model, BenchOptions bench, int length, int batchSize, EnergyMeter? energy, CancellationToken cancellationToken)
    {
        int[] prompt = Stepping.Prompt(model, length);
        var runs = new List<(Stepping Time, double Joules)>();
        for (int i = 0; i <= bench.Repeat; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double before = energy?.Joules() ?? 0;
            Stepping time = batchSize == 1
                ? Stepping.Alone(model, prompt, bench.Generate)
                : Stepping.Batched(model, prompt, bench.Generate, batchSize);
            runs.Add((time, (energy?.Joules() ?? 0) - before));
        }

        // The first run allocates memory and warms up the caches.
        runs.RemoveAt(0);
        int tokens = batchSize * (length + bench.Generate);
        return new BenchRow
        {
            PromptLength = length,
            BatchSize = batchSize,
            Prefill = Measured.Of([.. runs.Select(r => batchSize * length / r.Time.First)]),
            FirstToken = Measured.Of([.. runs.Select(r => r.Time.First)]),
            Decode = Measured.Of([.. runs.Select(r => batchSize * (bench.Generate - 1) / r.Time.Others)]),
            Energy = energy is null ? null : Measured.Of([.. runs.Select(r => r.Joules / tokens)]),
        };
    }
}
