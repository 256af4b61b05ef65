using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Scoring;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>Has requests answered, and keeps each answer in the journal before it is used.</summary>
internal sealed class RequestAnswers(IEngine engine, Journal journal, Account? account, WorkLedger ledger, ProgressCounter counter)
{
    internal RunClock Clock => ledger.Clock;

    internal WorkLedger Ledger => ledger;

    /// <summary>Answers the requests of documents of one task that the journal has no response to.</summary>
    /// <param name="task">The task.</param>
    /// <param name="grader">Of the task, for the score so far; null where nothing is graded.</param>
    /// <param name="documents">Documents of it.</param>
    /// <param name="isWhole">Whether these are all of its documents, so that it can be said how long they take.</param>
    /// <param name="cancellationToken">Stops between two responses.</param>
    /// <returns>A response to each of their requests.</returns>
    internal Task<Dictionary<RequestKey, Response>> AnswerAsync(
        TaskRun task, IGrader? grader, IReadOnlyList<PreparedDocument> documents, bool isWhole, CancellationToken cancellationToken)
    {
        Dictionary<RequestKey, Request> requests = documents.SelectMany(d => d.Requests).ToDictionary(r => r.Key);
        Dictionary<RequestKey, Response> responses = journal.FinishedAmong(requests.Values);
        counter.Start(task, grader, documents, responses, isWhole);
        return Clock.AnsweringAsync(() => AnswerAsync(requests, responses, cancellationToken));
    }

    private async Task<Dictionary<RequestKey, Response>> AnswerAsync(
        Dictionary<RequestKey, Request> requests, Dictionary<RequestKey, Response> responses, CancellationToken cancellationToken)
    {
        HashSet<RequestKey> answered = [.. responses.Keys];
        await foreach (Response given in engine.RunAsync([.. requests.Values], answered, cancellationToken).ConfigureAwait(false))
        {
            Request request = requests[given.Key];
            // An endpoint's engine pays for each request itself, before it knows whether there is an answer.
            if (engine is not IRemoteEngine)
                account?.Pay(given);
            // An engine that gives NaN, or no number at all, has failed; that is no wrong answer.
            Response response = given.Error is null && AnswerCheck.Problem(request, given) is { } problem
                ? Response.Failed(given.Key, $"the engine gave {problem}")
                : given;
            Clock.Writing(() => journal.Append(request, response));
            responses[response.Key] = response;
            counter.Add(response);
        }

        // An engine that forgets a request has a bug; the sample is errored rather than missing.
        foreach (RequestKey key in requests.Keys.Where(k => !responses.ContainsKey(k)))
            responses[key] = Response.Failed(key, "the engine gave no response");
        return responses;
    }
}
