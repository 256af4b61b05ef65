using System.Runtime.CompilerServices;
using EvalHarness.Engines;
using EvalHarness.Prompts;

namespace EvalHarness.Tests.Analysis.Published;

/// <summary>
/// Gives <see cref="BenchmarkDocuments.Completion"/> to every request, up to a stop string, and finds the first choice the likeliest.
/// </summary>
internal sealed class CompletionEngine : IEngine
{
    public EngineDescription Description { get; } =
        new() { Engine = "completion", ModelPath = "", ModelName = "completion", Device = "none", Files = [] };

    public EngineUsage Usage { get; } = new();

    public Prompt Render(Prompt prompt) => prompt.Render((turns, _) => string.Join('\n', turns.Select(t => $"{t.Role}: {t.Content}")));

    public async IAsyncEnumerable<Response> RunAsync(
        IEnumerable<Request> requests,
        IReadOnlySet<RequestKey> answered,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (Request request in requests.Where(r => !answered.Contains(r.Key)))
        {
            yield return request is GenerateRequest generate
                ? new Response
                {
                    Key = request.Key,
                    FinishReason = FinishReason.Stop,
                    Text = generate.Options.Until.Aggregate(
                        BenchmarkDocuments.Completion(request.Key.Task),
                        (text, stop) => text.Split(stop, 2, StringSplitOptions.None)[0]),
                }
                : new Response
                {
                    Key = request.Key,
                    FinishReason = FinishReason.Scored,
                    LogLikelihood = request.Key.Index == 0 ? -1 : -2,
                    IsGreedy = request.Key.Index == 0,
                };
        }

        await Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
