using System.Text.Json;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Data;
using EvalHarness.Data.Tables;
using EvalHarness.Pythonic;
using EvalHarness.Results;

namespace EvalHarness.Analysis.Arena;

/// <summary>Reads from two runs the answers to the documents that both have.</summary>
/// <param name="first">A run.</param>
/// <param name="second">Another one.</param>
/// <param name="task">A task of both, whose answers are completions.</param>
internal sealed class AnswerPairReader(FinishedRun first, FinishedRun second, string task)
{
    private static readonly string[] Columns =
    [
        "doc_id", "document", "context", "contexts", "messages_sha256", "completions", "answers", "target", SampleRow.TargetFlag, "error",
    ];

    private readonly AskedText _asked = AskedText.Of(first, task);

    /// <param name="most">The documents of both runs that are read at most.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Incomparable"/>: the runs were asked differently. <see cref="ExitCode.Output"/>: samples are missing or damaged.
    /// </exception>
    internal async Task<AnswerPairs> ReadAsync(int most, CancellationToken cancellationToken)
    {
        var pairs = new List<AnswerPair>();
        int read = 0, others = 0, unanswered = 0, whole = 0;
        await foreach (JoinedSample sample in
            SampleJoin.ReadAsync([first, second], task, Columns, cancellationToken).ConfigureAwait(false))
        {
            if (sample.Rows is not [{ } a, { } b])
                continue;
            if (read++ == most)
                break;
            if (!IsSame(a, b))
            {
                others++;
            }
            else if (Answer(a) is not { } answer || Answer(b) is not { } other)
            {
                unanswered++;
            }
            else
            {
                RequireSameQuestion(a, b);
                IReadOnlyDictionary<string, object?> document = Values(a, first);
                (string prompt, bool isWhole) = _asked.Of(a, document);
                whole += isWhole ? 1 : 0;
                pairs.Add(new AnswerPair
                {
                    Task = task,
                    DocumentId = sample.Document,
                    Document = document,
                    Prompt = prompt,
                    Reference = Reference(a),
                    First = answer,
                    Second = other,
                });
            }
        }

        return new AnswerPairs(pairs, others, unanswered, whole);
    }

    private void RequireSameQuestion(SampleRow a, SampleRow b)
    {
        if (!a.AsksTheSameAs(b))
        {
            throw new EvalException(
                ExitCode.Incomparable,
                $"{task}, document {a.DocumentId}: the prompts differ, so that a verdict on the answers says nothing about the models; "
                + PromptDifference.Between(a, b, first.Name, second.Name));
        }
    }

    /// <summary>The first completion after the filters, or as it is where no filter was applied; null where there is none.</summary>
    private static string? Answer(SampleRow row) => row switch
    {
        { Error: not null } or { Completions: [] } => null,
        { Answers: [var filtered, ..] } => filtered.Answers.Count > 0 ? filtered.Answers[0] : null,
        { Completions: [var completion, ..] } => completion,
    };

    /// <summary>Text that is written otherwise can be the same document.</summary>
    private bool IsSame(SampleRow a, SampleRow b) =>
        a.Document == b.Document || Document.ValuesEqual(Values(a, first), Values(b, second));

    private IReadOnlyDictionary<string, object?> Values(SampleRow row, FinishedRun run)
    {
        try
        {
            using var document = JsonDocument.Parse(row.Document);
            return PlainJson.From(document.RootElement) as IReadOnlyDictionary<string, object?> ?? new Dictionary<string, object?>();
        }
        catch (JsonException e)
        {
            throw new EvalException(
                ExitCode.Output, $"{run.Folder.SamplesFile(task)}: damaged: document {row.DocumentId} is no JSON: {e.Message}", e);
        }
    }

    /// <summary>Of several right answers, each on a line.</summary>
    private static string Reference(SampleRow row)
    {
        if (row is not { Target: { } target, TargetIsJson: true })
            return row.Target ?? "";
        try
        {
            using var json = JsonDocument.Parse(target);
            return PlainJson.From(json.RootElement) switch
            {
                IReadOnlyList<object?> list => string.Join('\n', list.Select(Python.Str)),
                null => "",
                var value => Python.Str(value),
            };
        }
        catch (JsonException)
        {
            return target;
        }
    }
}
