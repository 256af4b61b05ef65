using EvalHarness.OpenAI.Transport;

namespace EvalHarness.OpenAI.Protocol;

/// <summary>
/// Which fields a server takes, as it turns out: OpenAI's newer models refuse max_tokens, a temperature, or stop strings, each with an error
/// that names the field. Several threads may use one instance.
/// </summary>
internal sealed class RequestShape(Action<string> announce)
{
    private readonly Lock _lock = new();

    /// <summary>The field for the largest number of tokens.</summary>
    internal string TokensField { get; private set; } = "max_tokens";

    internal bool SendsTemperature { get; private set; } = true;

    /// <summary>Completions are cut at stop strings in any case, so a server that takes none only computes more.</summary>
    internal bool SendsStops { get; private set; } = true;

    /// <summary>Whether a request that the server refused can be asked in another shape.</summary>
    internal bool Adapt(EndpointException refusal, bool greedy)
    {
        if (refusal.Status != System.Net.HttpStatusCode.BadRequest || refusal.ServerError is not { } error)
            return false;
        lock (_lock)
        {
            switch (error.Parameter)
            {
                case "max_tokens" when TokensField == "max_tokens":
                    TokensField = "max_completion_tokens";
                    return true;
                case "temperature" when SendsTemperature && greedy:
                    SendsTemperature = false;
                    announce(
                        "warning: the server takes no temperature, so its answers are sampled at its own: a second run can give others");
                    return true;
                case "stop" when SendsStops:
                    SendsStops = false;
                    return true;
                default:
                    return false;
            }
        }
    }
}
