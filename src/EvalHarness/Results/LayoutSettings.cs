using EvalHarness.Engines;
using EvalHarness.Tasks;

namespace EvalHarness.Results;

/// <summary>The block "config" of results.json: what the run was asked to do, in lm-evaluation-harness's words.</summary>
/// <remarks>Source: _EvalConfig in its result_schema.py; get_model_info in its models/huggingface.py, which writes "" and -1 for what it
/// does not know.</remarks>
internal static class LayoutSettings
{
    private const long UnknownCount = -1;

    public static Dictionary<string, FreeValue> Of(Manifest manifest)
    {
        RunOptions options = manifest.Options;
        ModelDetails? details = manifest.Model.Details;
        var seeds = RunSeeds.Parse(options.Seed);
        var settings = new Dictionary<string, FreeValue>
        {
            ["model"] = new(manifest.Model.Engine),
            ["model_args"] = new(ModelReference.Of(manifest).Arguments),
            ["model_num_parameters"] = new(details?.Parameters ?? UnknownCount),
            ["model_dtype"] = new(details?.DataType ?? ""),
            ["model_revision"] = new(details?.Revision ?? ""),
            ["model_sha"] = new(details?.Commit ?? ""),
            ["batch_size"] = new(options.BatchSize is { } size ? (long)size : "auto"),
            ["batch_sizes"] = new(new List<object?>()),
            ["device"] = new(manifest.Model.Device),
            ["use_cache"] = new(null),
            ["limit"] = new(options.Limit is >= 1 and var count ? (object)(long)count : options.Limit),
            ["bootstrap_iters"] = new((long)options.BootstrapIterations),
            ["gen_kwargs"] = new(options.GenerationSettings is { } given ? GenerationSettings.Parse(given) : null),
            ["random_seed"] = new(seeds.OfPython),
            ["numpy_seed"] = new(seeds.NumPy),
            ["torch_seed"] = new(seeds.Torch),
            ["fewshot_seed"] = new(seeds.FewShot),
        };
        if (options.Metadata is { } metadata)
            settings["metadata"] = new(TaskMetadata.Parse(metadata));
        if (options.PredictOnly)
            settings["predict_only"] = new(true);
        return settings;
    }
}
