using System.Security.Cryptography;
using System.Text;
using EvalHarness.Pythonic;
using EvalHarness.Results;

namespace EvalHarness.Exports;

/// <summary>Makes the lines of a score's samples file.</summary>
/// <param name="run">The run.</param>
/// <param name="log">The record of the score.</param>
/// <param name="score">The score, of a task.</param>
internal sealed class EveryEvalEverRows(ExportedRun run, EveryEvalEverLog log, ScoreRow score)
{
    private readonly MetricKind? _kind = MetricKind.Of(score);

    private readonly bool _hasTemplate = run.Run.Manifest.Options.ApplyChatTemplate;

    /// <returns>Null for a document whose score is no number, and which has no error.</returns>
    public EveryEvalEverRow? Of(ExportedSample sample)
    {
        SampleRow row = sample.Row;
        double? value = sample.Score(score.Key);
        if (value is null && sample.Error is null)
            return null;
        string prompt = row.AllContexts[0];
        IReadOnlyList<string> references = sample.References;
        return new EveryEvalEverRow
        {
            EvaluationId = log.EvaluationId,
            ModelId = run.Id,
            EvaluationName = EveryEvalEver.NameOf(score),
            EvaluationResultId = EveryEvalEver.ResultIdOf(score),
            SampleId = $"{row.DocumentId}",
            SampleHash = Hash(prompt, references),
            Input = new RowInput
            {
                Raw = prompt,
                Formatted = _hasTemplate ? prompt : null,
                Reference = references,
                Choices = sample.ChoiceTexts,
            },
            Output = new RowOutput(sample.Answers(score.Metric), row.Reasoning.Count > 0 ? row.Reasoning : null),
            AnswerAttribution =
            [
                .. sample.Extracted(score.Metric, score.Filter).Select(answer => new RowAnswer
                {
                    ExtractedValue = answer,
                    ExtractionMethod = row.Completions.Count > 0 ? score.Filter : "log_likelihood",
                }),
            ],
            Evaluation = new RowGrade(value ?? 0, value >= 1 && score.HigherIsBetter && _kind is { IsShare: true }),
            TokenUsage = TokensOf(row),
            Performance = row.Milliseconds > 0 ? new RowPerformance(row.Milliseconds) : null,
            // Another filter may have failed where this one scored.
            Error = value is null ? sample.Error : null,
            Metadata = MetadataOf(row),
        };
    }

    /// <summary>Null where the engine counts no tokens.</summary>
    private static RowTokens? TokensOf(SampleRow row)
    {
        if (row.PromptTokens.Count == 0 || row.PromptTokens.Sum() == 0)
            return null;
        long answered = row.CompletionTokens.Sum(), read = row.PromptTokens.Sum();
        bool generates = row.Completions.Count > 0;
        return new RowTokens
        {
            InputTokens = generates ? read : read + answered,
            OutputTokens = generates ? answered : 0,
            TotalTokens = read + answered,
            InputTokensCacheRead = row.CachedTokens.Count > 0 ? row.CachedTokens.Sum() : null,
            ReasoningTokens = row.ReasoningTokens.Count > 0 ? row.ReasoningTokens.Sum() : null,
        };
    }

    private static OrderedDictionary<string, string> MetadataOf(SampleRow row)
    {
        var metadata = new OrderedDictionary<string, string>();
        if (row.FinishReasons.Count > 0 && row.Completions.Count > 0)
            metadata["finish_reason"] = string.Join(' ', row.FinishReasons);
        if (row.TruncatedTokens.Sum() is > 0 and var cut)
            metadata["truncated_tokens"] = $"{cut}";
        if (row.Verdicts.Count > 0)
            metadata["verdict"] = string.Join(' ', row.Verdicts);
        if (!string.IsNullOrEmpty(row.Detail))
            metadata["detail"] = row.Detail;
        return metadata;
    }

    /// <summary>As their adapters compute it, so that rows of other programs meet those here.</summary>
    private static string Hash(string prompt, IReadOnlyList<string> references)
    {
        var hashed = new OrderedDictionary<string, object?>
        {
            ["raw"] = prompt,
            ["reference"] = references.Cast<object?>().ToList(),
        };
        string json = PythonJson.Dump(hashed, indent: null, (",", ":"), ascii: true, sortKeys: true);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)));
    }
}
