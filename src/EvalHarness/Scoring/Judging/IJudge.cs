using EvalHarness.Engines;
using EvalHarness.Prompts;

namespace EvalHarness.Scoring.Judging;

/// <summary>The model that grades what another one has answered.</summary>
internal interface IJudge
{
    /// <summary>Has requests answered that no earlier start of the run has an answer to, and keeps each answer.</summary>
    /// <param name="requests">
    /// Conversations, those of a document one after the other. All keys have one task, and those of a document the indices from 0 on.
    /// </param>
    /// <param name="cancellationToken">Stops between two answers.</param>
    /// <returns>A response to each, in the order of the requests. What could not be answered is a response with an error.</returns>
    /// <exception cref="EvalException">The judge can answer no further request.</exception>
    Task<IReadOnlyList<Response>> AskAsync(IReadOnlyList<GenerateRequest> requests, CancellationToken cancellationToken);
}
