using System.Text;
using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.OpenAI.Api;
using EvalHarness.Prompts;
using EvalHarness.Tokens;

namespace EvalHarness.OpenAI.Engine;

/// <summary>The prompt of a completion as it is sent.</summary>
internal sealed record GenerationPrompt
{
    private const int OfTemplate = 64;

    private int _truncated;

    public required GenerateRequest Request { get; init; }

    /// <summary>A text or token ids; null for a conversation.</summary>
    public JsonNode? Text { get; private init; }

    /// <summary>The most tokens to generate.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>The tokens of the prompt; null where they are not known here.</summary>
    public int? Tokens { get; private init; }

    /// <summary>Why the prompt cannot be sent; null if it can.</summary>
    public Response? Failed { get; private init; }

    /// <summary>Whether the model's context leaves less room than the task allows.</summary>
    internal bool IsNarrow => MaxTokens < Request.Options.MaxTokens;

    /// <summary>
    /// At least as many tokens as the prompt has: where they are not known, a token has at least one byte, and a template puts some around
    /// each turn.
    /// </summary>
    internal long MostTokens => Tokens ?? (Text is not null
        ? Encoding.UTF8.GetByteCount(Request.Context) + OfTemplate
        : Request.Prompt.Messages.Sum(m => (long)Encoding.UTF8.GetByteCount(m.Content) + OfTemplate) + OfTemplate);

    internal static GenerationPrompt Conversation(GenerateRequest request) => new()
    {
        Request = request,
        MaxTokens = request.Options.MaxTokens,
    };

    internal static GenerationPrompt OfText(GenerateRequest request) => Conversation(request) with { Text = request.Context };

    /// <param name="request">What is asked.</param>
    /// <param name="requests">This request alone.</param>
    /// <param name="window">The most tokens of prompt and completion.</param>
    internal static GenerationPrompt OfTokens(GenerateRequest request, EncodedRequests requests, int window)
    {
        if (requests.Answered is [var failed, ..])
            return Conversation(request) with { Failed = failed };
        EncodedRequest encoded = requests[0];
        return new GenerationPrompt
        {
            Request = request,
            Text = CompletionRoute.Prompt(encoded.Sequence.Tokens),
            // A server refuses a limit that goes past the model's context.
            MaxTokens = Math.Min(request.Options.MaxTokens, window - encoded.Sequence.Tokens.Length),
            Tokens = encoded.PromptTokens,
            _truncated = encoded.Truncated,
        };
    }

    internal Response Assemble(Response response) => _truncated > 0 ? response with { TruncatedTokens = _truncated } : response;
}
