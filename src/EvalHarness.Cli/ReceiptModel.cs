using EvalHarness.Analysis.Receipts;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Bench;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Results;

namespace EvalHarness.Cli;

/// <summary>The model of a finished run, as it is on this machine now.</summary>
/// <param name="Run">The run.</param>
/// <param name="Folder">Where the model is, or was.</param>
/// <param name="Problem">
/// Why it cannot be computed with, in words that follow "because"; null where it is what the run computed with. No folder stands in it, so
/// that it is the same wherever the run was.
/// </param>
internal sealed record ReceiptModel(FinishedRun Run, string Folder, string? Problem)
{
    private const string Engine = "onnxruntime-genai";

    /// <summary>What energy is measured over: long enough that a counter that moves every millisecond is exact to some percent.</summary>
    private static readonly BenchOptions EnergyBench = new() { PromptLengths = [128], Generate = 32 };

    private Manifest Manifest => Run.Manifest;

    /// <summary>Looks for the folder that a run's manifest names, and compares its files with those of the run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="hashed">The files of folders that earlier calls have read, by the path; gets those of this one.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal static async Task<ReceiptModel> FindAsync(
        FinishedRun run, Dictionary<string, IReadOnlyList<ModelFile>> hashed, CancellationToken cancellationToken)
    {
        EngineDescription model = run.Manifest.Model;
        if (model.Engine != Engine)
        {
            return new ReceiptModel(
                run, model.ModelPath, $"its run was answered by {model.Engine}, and distributions are computed by {Engine} alone");
        }

        string folder = EngineFactory.FolderOf(model.ModelPath);
        if (!Directory.Exists(folder))
        {
            return new ReceiptModel(
                run,
                folder,
                "its model folder is not there; a path that is not absolute counts from the folder where the run was started");
        }

        IReadOnlyList<ModelFile> now = await FilesAsync(folder).ConfigureAwait(false);
        if (run.Manifest.Options.Adapters is [var adapter, ..])
        {
            if (!File.Exists(adapter))
                return new ReceiptModel(run, folder, "its adapter is not there");
            now = [.. now, .. await FilesAsync(adapter).ConfigureAwait(false)];
        }

        ModelFile[] then = [.. model.Weights()];
        ModelFile? other = now.Except(then).Concat(then.Except(now)).FirstOrDefault();
        return new ReceiptModel(
            run, folder, other is null ? null : $"a file of its model has changed since its run: {other.Name}");

        // Several runs may be of one model, as those with adapters are, and hashing it takes a minute.
        async Task<IReadOnlyList<ModelFile>> FilesAsync(string path)
        {
            string full = Path.GetFullPath(path);
            if (!hashed.TryGetValue(full, out IReadOnlyList<ModelFile>? files))
                hashed[full] = files = await ModelFiles.HashAsync(path, cancellationToken).ConfigureAwait(false);
            return files;
        }
    }

    /// <summary>The most tokens that the model takes.</summary>
    internal int ContextLength => ModelConfig.Read(Folder).ContextLength;

    /// <summary>How the run encoded its prompts, and where it computed.</summary>
    /// <param name="device">The device that the user names; null for the run's own.</param>
    /// <param name="threads">The threads that the user names; null for one a core.</param>
    internal GenAiOptions Options(DeviceChoice? device, int? threads) => EngineFactory.OnDevice(
        device is null ? Manifest.Options.On(new DeviceChoice(Manifest.Model.Device, [])) : Manifest.Options.On(device)) with
    {
        Threads = threads,
        Adapter = Manifest.Options.Adapters.SingleOrDefault(),
        AddBosToken = Manifest.Options.AddBosToken,
        Tokenizer = Manifest.Options.Tokenizer,
    };

    /// <summary>What decided the run's numbers, with how the model's weights are stored.</summary>
    /// <param name="name">What tables call it.</param>
    internal ReceiptRun Describe(string name)
    {
        var run = ReceiptRun.Of(Manifest, name);
        if (Problem is not null)
            return run with { WhyNoWeights = Problem };
        ModelInspection inspection;
        try
        {
            inspection = ModelInspection.Of(Folder);
        }
        catch (EvalException e) when (e.ExitCode == ExitCode.Model)
        {
            // The runtime also loads models of several graphs, and models in other formats.
            return run with { WhyNoWeights = "its weights cannot be read from one decoder graph" };
        }

        return run with
        {
            Weights =
            [
                .. inspection.Weights.Select(w => new ReceiptWeights
                {
                    Storage = w.Storage,
                    Bits = w.Bits,
                    BlockSize = w.BlockSize,
                    AccuracyLevel = w.AccuracyLevel,
                    Tensors = w.Tensors,
                    Parameters = w.Parameters,
                    Bytes = w.Bytes,
                }),
            ],
        };
    }

    /// <summary>Adds the energy of a token, where the machine shows it.</summary>
    internal async Task<MeasuredRun> MeasureAsync(MeasuredRun run, GenAiOptions options, CancellationToken cancellationToken)
    {
        if (Problem is not null)
            return run with { WhyNoEnergy = Problem };
        using (var meter = EnergyMeter.Open())
        {
            if (meter is null)
                return run with { WhyNoEnergy = "this machine shows this user no counter of energy (RAPL or NVML)" };
        }

        int needed = EnergyBench.PromptLengths[0] + EnergyBench.Generate;
        if (ContextLength < needed)
            return run with { WhyNoEnergy = $"it is measured over {needed} tokens, and the model's context is {ContextLength}" };
        BenchReport report;
        try
        {
            report = await ModelBench.RunAsync(Folder, options, EnergyBench, cancellationToken).ConfigureAwait(false);
        }
        catch (EvalException e) when (e.ExitCode == ExitCode.Model)
        {
            // All else of the receipt is computed by now, and memory may be short only for the moment.
            return run with { WhyNoEnergy = e.Message };
        }

        Measured energy = report.Rows[0].Energy!;
        return run with
        {
            Energy = new ReceiptEnergy
            {
                Source = report.EnergySource!,
                JoulesPerToken = energy.Median,
                Lowest = energy.Low,
                Highest = energy.High,
                PromptTokens = report.Rows[0].PromptLength,
                CompletionTokens = EnergyBench.Generate,
                Measurements = energy.Samples.Count,
            },
        };
    }
}
