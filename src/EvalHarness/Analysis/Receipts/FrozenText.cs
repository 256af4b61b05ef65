using EvalHarness.Results;

namespace EvalHarness.Analysis.Receipts;

/// <summary>What a run asked and answered in a document, as texts that two models can read.</summary>
/// <param name="Document">Its number in its task.</param>
/// <param name="Prompt">The prompt as the model read it; empty for a text that is scored as a whole.</param>
/// <param name="Answer">
/// The first completion, or the continuation that the run found the likeliest, or the text that it scored as a whole; empty where the
/// run's files do not have all of what the model wrote, as after reasoning.
/// </param>
/// <param name="Cut">The tokens that the run cut off the beginning of the prompt.</param>
internal sealed record FrozenText(long Document, string Prompt, string Answer, int Cut)
{
    private static readonly string[] Columns =
    [
        "doc_id", "context", "contexts", "continuations", "log_likelihoods", "completions", "reasoning", "truncated_tokens", "error",
    ];

    /// <summary>The first documents of a task that a run answered without an error, in the order of their numbers.</summary>
    /// <param name="run">The run.</param>
    /// <param name="task">A task of it.</param>
    /// <param name="most">The most documents.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the samples are missing or damaged.</exception>
    internal static async Task<IReadOnlyList<FrozenText>> ReadAsync(
        FinishedRun run, string task, int most, CancellationToken cancellationToken)
    {
        var texts = new List<FrozenText>();
        await foreach (SampleRow row in
            run.Folder.StreamSamplesByDocumentAsync(task, Columns, cancellationToken).ConfigureAwait(false))
        {
            if (row.Error is not null)
                continue;
            texts.Add(Of(row));
            if (texts.Count == most)
                break;
        }

        return texts;
    }

    private static FrozenText Of(SampleRow row)
    {
        int request = row.Continuations.Count == 0 ? 0 : Likeliest(row.LogLikelihoods.Take(row.ChoiceCount));
        string prompt = row.Contexts.Count > 0 ? row.Contexts[Math.Min(request, row.Contexts.Count - 1)] : row.Context;
        int cut = row.TruncatedTokens.Count > request ? (int)row.TruncatedTokens[request] : 0;
        return row switch
        {
            { Continuations.Count: > 0 } => new FrozenText(row.DocumentId, prompt, row.Continuations[request], cut),
            // What the model wrote between reasoning and answer is not in the run's files.
            { Reasoning: [{ Length: > 0 }, ..] } => new FrozenText(row.DocumentId, prompt, "", cut),
            { Completions: [{ } first, ..] } => new FrozenText(row.DocumentId, prompt, first, cut),
            _ => new FrozenText(row.DocumentId, "", prompt, Cut: 0),
        };
    }

    /// <summary>The first of equal ones.</summary>
    private static int Likeliest(IEnumerable<double> logLikelihoods) => logLikelihoods.Index().MaxBy(l => l.Item).Index;
}
