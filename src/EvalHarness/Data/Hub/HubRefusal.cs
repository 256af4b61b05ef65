using System.Net;

namespace EvalHarness.Data.Hub;

/// <summary>Explains a refusal of the hub in a message that says what went wrong and what the user can do.</summary>
/// <remarks>
/// Source: huggingface_hub, which reads RepoNotFound, RevisionNotFound, EntryNotFound and GatedRepo from the X-Error-Code header.
/// </remarks>
internal static class HubRefusal
{
    internal static EvalException Explain(HubRepository repository, Uri address, HttpResponseMessage response, bool hasToken)
    {
        string? Header(string name) => response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First() : null;
        string login = hasToken
            ? "the token in HF_TOKEN is not accepted, or has no access"
            : "it may be private: set HF_TOKEN to a token that has access";
        string text = (response.StatusCode, Header("X-Error-Code")) switch
        {
            (_, "GatedRepo") =>
                $"is gated: accept its terms on its page on {address.Host} with the account of your token, and set HF_TOKEN",
            (_, "RevisionNotFound") => $"has no revision {repository.Revision}",
            (_, "EntryNotFound") => $"has no file {address.AbsolutePath}",
            (HttpStatusCode.Unauthorized, "RepoNotFound") or (HttpStatusCode.NotFound, _) =>
                $"is not there under this name, or not for you; {login}",
            (HttpStatusCode.Unauthorized, _) => $"needs a login; {login}",
            (HttpStatusCode.Forbidden, _) => $"is forbidden; {login}",
            _ => $"{address.Host} answers {(int)response.StatusCode} {response.ReasonPhrase}",
        };
        string hubMessage = Header("X-Error-Message") is { } message ? $" ({message})" : "";
        return new EvalException(ExitCode.Hub, $"{repository}: {text}{hubMessage}");
    }
}
