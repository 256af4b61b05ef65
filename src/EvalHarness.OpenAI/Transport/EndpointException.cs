using System.Net;

namespace EvalHarness.OpenAI.Transport;

/// <summary>
/// A request that failed for good. The message is one line that says what the server did and how often it was asked, and never has the
/// key in it.
/// </summary>
internal sealed class EndpointException(AttemptFailure failure, int attempts)
    : Exception(attempts == 1 ? failure.Message : $"{failure.Message} ({attempts} attempts)")
{
    /// <summary>Null where there was no answer, or none that could be read.</summary>
    public HttpStatusCode? Status => failure.Status;

    /// <summary>The server's own words; null where it had none.</summary>
    public ServerError? ServerError => failure.ServerError;

    public int Attempts => attempts;
}

/// <summary>Why an attempt has no answer.</summary>
/// <param name="Message">One line.</param>
internal sealed record AttemptFailure(string Message)
{
    public HttpStatusCode? Status { get; init; }

    public ServerError? ServerError { get; init; }

    /// <summary>Whether the same request can succeed later.</summary>
    public bool MayPass { get; init; }

    /// <summary>How long the server asks to wait; null if it does not say.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>Whether it is this request that the server does not take, so that others can succeed.</summary>
    public bool IsOfRequest => Status is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge
        or HttpStatusCode.UnprocessableEntity;
}

/// <summary>Carries a failure from the attempt to the handler that repeats it.</summary>
internal sealed class AttemptException(AttemptFailure failure) : Exception(failure.Message)
{
    public AttemptFailure Failure => failure;
}
