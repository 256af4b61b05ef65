using System.Globalization;
using EvalHarness.Engines;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Exports;

/// <summary>Makes the record of one score: of a task or group under one metric and filter.</summary>
/// <remarks>
/// A record has one score, because the tools that hand records on to the hub take none of a record that has several of one dataset.
/// </remarks>
internal static class EveryEvalEver
{
    private const double Level = 0.95;

    /// <param name="run">The run.</param>
    /// <param name="row">The score.</param>
    /// <param name="evaluator">Who evaluated.</param>
    /// <param name="now">When the record is made.</param>
    public static EveryEvalEverLog LogOf(ExportedRun run, ScoreRow row, Evaluator evaluator, DateTimeOffset now)
    {
        string created = ExportedRun.Seconds(now);
        return new EveryEvalEverLog
        {
            // Two metrics of one task, and two runs of one model, are told apart by the last part alone.
            EvaluationId = $"{NameOf(row)}/{run.Id}/{created}/{run.IdOf(row)}",
            EvaluationTimestamp = run.Timestamp,
            RetrievedTimestamp = created,
            SourceMetadata = new RecordSource
            {
                SourceOrganizationName = evaluator.Organization,
                SourceOrganizationUrl = evaluator.OrganizationUrl,
                EvaluatorRelationship = evaluator.Relationship,
            },
            EvalLibrary = new RecordLibrary
            {
                Version = run.Run.Manifest.Versions.GetValueOrDefault("EvalHarness", "unknown"),
                AdditionalDetails = new Dictionary<string, string> { ["result_layout"] = $"lm_eval {RunReport.Layout}" },
            },
            ModelInfo = ModelOf(run),
            EvaluationResults = [ResultOf(run, row)],
        };
    }

    /// <summary>A task or group with its filter, where it has one.</summary>
    public static string NameOf(ScoreRow row) => row.Filter == "none" ? row.Name : $"{row.Name}/{row.Filter}";

    /// <summary>The same for the same score of every run.</summary>
    public static string ResultIdOf(ScoreRow row) => $"{row.Name}/{row.Key}";

    private static RecordModel ModelOf(ExportedRun run)
    {
        ModelDetails? details = run.Model.Details;
        bool isHere = !run.IsEndpoint && !run.IsReplay;
        var more = new OrderedDictionary<string, string>
        {
            ["deployment_type"] = isHere ? "self_deployed" : "unknown",
            // A folder says nothing of whether others can have it too.
            ["model_availability"] = details?.Commit is not null ? "open_weights" : "unknown",
            ["model_name"] = run.Model.ModelName,
            ["device"] = run.Model.Device,
        };
        void Add(string key, string? value)
        {
            if (value is not null)
                more[key] = value;
        }

        Add("dtype", details?.DataType);
        Add("num_parameters", details?.Parameters?.ToString(CultureInfo.InvariantCulture));
        Add("revision", details?.Revision);
        Add("sha", details?.Commit);
        if (isHere && run.Model.Files.MaxBy(f => f.Bytes) is { } weights)
            Add("weights_sha256", weights.Sha256);
        return new RecordModel
        {
            Name = run.Id,
            Id = run.Id,
            Developer = run.Developer,
            InferenceEngine = run.EngineName is { } engine ? new RecordEngine(engine, run.EngineVersion) : null,
            AdditionalDetails = more,
        };
    }

    private static RecordResult ResultOf(ExportedRun run, ScoreRow row) => new()
    {
        EvaluationResultId = ResultIdOf(row),
        EvaluationName = NameOf(row),
        SourceData = DataOf(run, row.Name),
        EvaluationTimestamp = run.Timestamp,
        MetricConfig = MetricOf(row),
        ScoreDetails = ScoreOf(row),
        GenerationConfig = RecordedGeneration.Of(run, row),
    };

    private static RecordData DataOf(ExportedRun run, string name)
    {
        TaskConfig config = run.Run.Report.Config(run.FirstTask(name));
        string? repository = run.HubDataset(name);
        (int evaluated, int available) = run.Documents(name);
        var more = new OrderedDictionary<string, string> { ["documents_evaluated"] = $"{evaluated}" };
        if (run.Run.Report.Leaves(name).Count == 1 && config.DatasetName is { } subset)
            more["hf_config"] = subset;
        string[] shards = [.. run.Datasets(name).SelectMany(d => d.Shards).Select(s => s.Sha256).Distinct()];
        if (repository is not null && shards.Length > 0)
            more["shard_sha256"] = string.Join(' ', shards);
        return new RecordData
        {
            DatasetName = name,
            SourceType = repository is null ? "other" : "hf_dataset",
            HfRepo = repository,
            HfSplit = repository is null ? null : config.EvaluatedSplit,
            SamplesNumber = repository is null ? null : available,
            AdditionalDetails = more,
        };
    }

    private static RecordMetric MetricOf(ScoreRow row)
    {
        var kind = MetricKind.Of(row);
        return new RecordMetric
        {
            EvaluationDescription = row.Filter == "none" ? row.Metric : $"{row.Metric} (filter: {row.Filter})",
            MetricId = kind?.Id ?? row.Metric,
            MetricName = row.Metric,
            MetricKind = kind?.Kind,
            MetricUnit = kind?.Unit,
            MetricParameters = MetricKind.PassAt(row.Metric) is { } tries ? new Dictionary<string, int> { ["k"] = tries } : null,
            LowerIsBetter = !row.HigherIsBetter,
            ScoreType = kind is null ? null : "continuous",
            MinScore = kind is null ? null : new FreeValue(kind.Low),
            MaxScore = kind is null ? null : new FreeValue(kind.High),
            AdditionalDetails = kind is null ? new Dictionary<string, string> { ["bounds_status"] = "unknown" } : null,
        };
    }

    private static RecordScore ScoreOf(ScoreRow row)
    {
        double value = row.Value!.Value;
        var details = new OrderedDictionary<string, string> { ["errored"] = $"{row.Errored}" };
        if (row.Interval is null)
            details["confidence_interval"] = "none: the score has no standard error, or is of one document";
        return new RecordScore
        {
            Score = value,
            Details = details,
            Uncertainty = new RecordUncertainty
            {
                StandardError = row.StandardError is { } error && double.IsFinite(error)
                    ? new RecordError(error, row.StandardErrorMethod is null ? "analytic" : "bootstrap")
                    : null,
                ConfidenceInterval = row.Interval is { } interval
                    ? new RecordInterval(
                        interval.Low,
                        interval.High,
                        Level,
                        Interval.IsShare(value, row.Count, row.StandardError) ? "wilson" : "student_t")
                    : null,
                NumSamples = row.Count,
                NumBootstrapSamples = row.StandardErrorDraws,
            },
        };
    }
}
