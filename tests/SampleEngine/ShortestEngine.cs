using System.Runtime.CompilerServices;
using EvalHarness.Engines;
using EvalHarness.Prompts;

namespace SampleEngine;

/// <summary>Takes the shortest continuation for the most likely one, and completes every prompt with the last word of it.</summary>
public sealed class ShortestEngine : IEngine
{
    public EngineDescription Description { get; } =
        new() { Engine = "shortest", ModelPath = "shortest", ModelName = "shortest", Device = "none", Files = [] };

    public EngineUsage Usage { get; } = new();

    public Prompt Render(Prompt prompt) => prompt.Render((turns, _) => string.Join('\n', turns.Select(t => $"{t.Role}: {t.Content}")));

    public async IAsyncEnumerable<Response> RunAsync(
        IEnumerable<Request> requests, IReadOnlySet<RequestKey> answered, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (Request request in requests.Where(r => !answered.Contains(r.Key)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var response = new Response { Key = request.Key, FinishReason = FinishReason.Stop };
            yield return request switch
            {
                LogLikelihoodRequest one => response with { LogLikelihood = -1.0 - one.Continuation.Length, IsGreedy = false },
                GenerateRequest => response with { Text = Render(request.Prompt).Text.Split(' ')[^1] },
                _ => Response.Failed(request.Key, "whole texts are not scored here"),
            };
            await Task.Yield();
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
