using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace EvalHarness.Tests.Engines;

/// <summary>A chat client of a test. It keeps what it was asked.</summary>
/// <param name="answer">Answers the turns as the options say.</param>
internal sealed class AnsweringClient(Func<IReadOnlyList<ChatMessage>, ChatOptions, CancellationToken, Task<ChatResponse>> answer)
    : IChatClient
{
    private readonly Lock _asking = new();
    private readonly List<(IReadOnlyList<ChatMessage> Turns, ChatOptions Options)> _asked = [];

    internal AnsweringClient(Func<IReadOnlyList<ChatMessage>, ChatOptions, ChatResponse> answer)
        : this((turns, options, _) => Task.FromResult(answer(turns, options)))
    {
    }

    internal IReadOnlyList<(IReadOnlyList<ChatMessage> Turns, ChatOptions Options)> Asked
    {
        get
        {
            lock (_asking)
                return [.. _asked];
        }
    }

    /// <summary>An answer whose tokens are its characters, cut by the limit and at stop strings as servers cut it.</summary>
    internal static ChatResponse Said(string text, ChatOptions options)
    {
        foreach (string stop in options.StopSequences ?? [])
            text = text.Split(stop)[0];
        bool isCut = text.Length > options.MaxOutputTokens;
        string given = isCut ? text[..options.MaxOutputTokens!.Value] : text;
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, given))
        {
            FinishReason = isCut ? ChatFinishReason.Length : ChatFinishReason.Stop,
            Usage = new UsageDetails { InputTokenCount = 10, CachedInputTokenCount = 4, OutputTokenCount = given.Length },
        };
    }

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatMessage[] turns = [.. messages];
        lock (_asking)
            _asked.Add((turns, options!));
        // As a client that waits for its server.
        await Task.Yield();
        return await answer(turns, options!, cancellationToken);
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (ChatResponseUpdate update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates())
            yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata("tests", null, "org/model:7b") : null;

    public void Dispose()
    {
    }
}
