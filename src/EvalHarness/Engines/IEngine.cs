using EvalHarness.Prompts;

namespace EvalHarness.Engines;

/// <summary>What answers requests. One contract test runs over every implementation.</summary>
public interface IEngine : IAsyncDisposable
{
    EngineDescription Description { get; }

    /// <summary>What was done so far; all zero where an engine computes nothing.</summary>
    EngineUsage Usage { get; }

    /// <summary>A conversation as the text that the model was trained on.</summary>
    /// <param name="messages">Not empty.</param>
    /// <param name="openAnswer">End with the opening of the assistant's turn.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the model has no chat template, or it refuses the messages.</exception>
    string ApplyChatTemplate(IReadOnlyList<ChatMessage> messages, bool openAnswer);

    /// <summary>
    /// Answers requests, in whatever order costs least, each as soon as it is ready. A request that cannot be answered (prompt
    /// too long, failure in the runtime) gives a response with <see cref="Response.Error"/>; the others go on.
    /// </summary>
    /// <param name="requests">All requests of one task.</param>
    /// <param name="answered">
    /// Those among them that need no answer. They are still given: an answer may not depend on which of its neighbours were
    /// answered before, so the way a request is computed follows from the whole list.
    /// </param>
    /// <param name="cancellationToken">Stops between responses.</param>
    /// <exception cref="EvalException">No request can be answered any more.</exception>
    IAsyncEnumerable<Response> RunAsync(IReadOnlyList<Request> requests, IReadOnlySet<RequestKey> answered, CancellationToken cancellationToken);
}
