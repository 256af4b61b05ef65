using System.ClientModel;
using EvalHarness.Engines;
using EvalHarness.OpenAI.Api;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Prompts;
using EvalHarness.Tokenizers;

namespace EvalHarness.OpenAI.Engine;

/// <summary>What makes one request an errored sample, while the run goes on.</summary>
internal static class Failures
{
    internal static async Task<Response> CatchAsync(RequestKey key, Func<Task<Response>> answer, CancellationToken cancellationToken)
    {
        try
        {
            return await answer().ConfigureAwait(false);
        }
        catch (Exception e) when (IsOfRequest(e) && !cancellationToken.IsCancellationRequested)
        {
            return Response.Failed(key, EvalException.OneLine(e.Message));
        }
    }

    internal static bool IsOfRequest(Exception e) =>
        e is EndpointException or AnswerException or UnencodableTextException or HttpRequestException or ClientResultException;
}
