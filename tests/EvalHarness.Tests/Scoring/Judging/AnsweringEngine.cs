using System.Runtime.CompilerServices;
using EvalHarness.Engines;
using EvalHarness.Prompts;

namespace EvalHarness.Tests.Scoring.Judging;

/// <summary>An engine whose completions a test computes from the request.</summary>
internal sealed class AnsweringEngine(string name, Func<GenerateRequest, Response> answer) : IEngine
{
    public EngineDescription Description { get; } =
        new() { Engine = "answering", ModelPath = name, ModelName = name, Device = "none", Files = [] };

    public EngineUsage Usage { get; } = new();

    /// <summary>What was asked, in order.</summary>
    internal List<GenerateRequest> Asked { get; } = [];

    internal static AnsweringEngine OfText(string name, Func<string, string> answer) =>
        new(name, request => Ended(request, answer(request.Context)));

    internal static Response Ended(GenerateRequest request, string text, FinishReason end = FinishReason.EndOfText) =>
        new() { Key = request.Key, FinishReason = end, Text = text, PromptTokens = 10, CompletionTokens = 2 };

    public Prompt Render(Prompt prompt) => prompt.Render((turns, _) => Prompt.Plain(turns));

    public async IAsyncEnumerable<Response> RunAsync(
        IEnumerable<Request> requests, IReadOnlySet<RequestKey> answered, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (GenerateRequest request in requests.Cast<GenerateRequest>().Where(r => !answered.Contains(r.Key)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Asked.Add(request);
            yield return answer(request);
        }

        await Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
