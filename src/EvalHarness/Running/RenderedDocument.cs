using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// What a task makes of a document before a model answers. The names in JSON are those of <see cref="SampleRow"/> where it has the same;
/// the document and the target are values here, not JSON text.
/// </summary>
internal sealed record RenderedDocument
{
    public required string Task { get; init; }

    /// <summary>The position among the task's documents, from 0.</summary>
    public required long DocId { get; init; }

    /// <summary>The row after process_docs, as templates see it.</summary>
    public required FreeValue Document { get; init; }

    /// <summary>The prompt with its few-shot examples; null where it could not be made.</summary>
    public string? Context { get; init; }

    /// <summary>One prompt per request where they differ (a choice in each question); null where all share the context.</summary>
    public IReadOnlyList<string>? Contexts { get; init; }

    /// <summary>The texts that are scored after the context; null where the model writes.</summary>
    public IReadOnlyList<string>? Continuations { get; init; }

    /// <summary>The choices as doc_to_choice gives them; null for a task without choices.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>The reference answer: an index into the choices, text, or a list; null where it could not be made.</summary>
    public FreeValue? Target { get; init; }

    /// <summary>The stop strings; null where the model does not write.</summary>
    public IReadOnlyList<string>? Until { get; init; }

    /// <summary>Why there is no prompt; null if there is one.</summary>
    public string? Error { get; init; }

    internal static RenderedDocument Of(TaskDefinition task, PreparedDocument prepared)
    {
        string[] continuations = [.. prepared.Requests.OfType<LogLikelihoodRequest>().Select(r => r.Continuation)];
        bool isShared = prepared.Requests.All(r => r.Context == prepared.Context);
        return new RenderedDocument
        {
            Task = task.Name,
            DocId = prepared.Id,
            Document = new FreeValue(prepared.Document.Values),
            Context = prepared.Context,
            Contexts = isShared ? null : [.. prepared.Requests.Select(r => r.Context)],
            Continuations = continuations.Length == 0 ? null : continuations,
            Choices = prepared.Choices.Count == 0 ? null : prepared.Choices,
            Target = new FreeValue(prepared.Target),
            Until = task.OutputType == OutputType.GenerateUntil ? task.Generation.Until : null,
        };
    }

    internal static RenderedDocument Failed(TaskDefinition task, NumberedDocument document, EvalException error) => new()
    {
        Task = task.Name,
        DocId = document.Id,
        Document = new FreeValue(document.Document.Values),
        Error = error.Message,
    };

    /// <summary>The record as JSON on one line, without what is null.</summary>
    internal string ToJson() => JsonText.Literal(JsonSerializer.Serialize(this, ResultsJson.Line));
}
