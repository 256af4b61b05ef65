using EvalHarness.Planning;
using EvalHarness.Prompts;
using EvalHarness.Tasks;

namespace EvalHarness.Engines;

/// <summary>Answers requests with a model, or with recorded answers. One contract test covers every implementation.</summary>
public interface IEngine : IAsyncDisposable
{
    EngineDescription Description { get; }

    /// <summary>
    /// The work done so far. All numbers are zero for an engine that computes nothing. Another thread may read it while the engine runs.
    /// </summary>
    EngineUsage Usage { get; }

    /// <summary>
    /// Renders a conversation as one text in the format that the model was trained on. A prompt that is rendered already comes back
    /// unchanged, as every prompt does from an engine that passes conversations on.
    /// </summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the model has no chat template, or its template refuses the messages;
    /// <see cref="ExitCode.Task"/>: the template leaves out the beginning of the answer.
    /// </exception>
    Prompt Render(Prompt prompt);

    /// <summary>
    /// Answers requests in the order that costs least and returns each response as soon as it is ready. A request that cannot
    /// be answered (the prompt is too long, the runtime fails) gets a response with <see cref="Response.Error"/>, and the engine
    /// continues with the others. An engine that cannot keep answers to <see cref="GenerationOptions.JsonSchema"/> refuses such requests
    /// with an exception before it computes anything.
    /// </summary>
    /// <param name="requests">
    /// All requests of one task, those of a document one after the other. They are made while they are read, each reading gives the same
    /// ones, and an engine that keeps none of their texts takes any number of them. Prompts that are not rendered yet are rendered by the
    /// engine.
    /// </param>
    /// <param name="answered">
    /// The keys of those requests that need no answer any more. The requests themselves are among them still, because the way a
    /// request is computed follows from all of them: an answer must not depend on which others were answered in an earlier run.
    /// </param>
    /// <param name="cancellationToken">Cancels the run between two responses.</param>
    /// <exception cref="EvalException">
    /// The engine has failed and can answer no further request, or cannot answer as the requests want it.
    /// </exception>
    IAsyncEnumerable<Response> RunAsync(
        IEnumerable<Request> requests, IReadOnlySet<RequestKey> answered, CancellationToken cancellationToken);

    /// <summary>
    /// The documents in the order in which <see cref="RunAsync"/> comes to them, with what each costs, so that a run can be cut into parts
    /// where that costs least. It is the same for the same requests, whichever process asks and whatever has been answered. A document
    /// stands where its first request does; one without a request that has to be computed may be left out.
    /// </summary>
    /// <param name="requests">All requests of one task, as for <see cref="RunAsync"/>.</param>
    /// <exception cref="EvalException">The engine has failed and can answer no request.</exception>
    IReadOnlyList<DocumentWork> Order(IEnumerable<Request> requests) => TextOrder.Of(requests);
}
