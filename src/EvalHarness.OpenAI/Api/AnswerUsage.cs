using System.Text.Json;
using EvalHarness.Results;

namespace EvalHarness.OpenAI.Api;

/// <summary>What a server says that an answer took, in tokens.</summary>
/// <param name="Prompt">Of the prompt, those from a cache included.</param>
/// <param name="Completion">Generated, those of reasoning included.</param>
/// <param name="Cached">Those of the prompt that the server had.</param>
/// <param name="Reasoning">Those of the completion that are reasoning.</param>
internal sealed record AnswerUsage(int Prompt, int Completion, int Cached, int Reasoning)
{
    internal TokenCount Tokens => new(Prompt, Cached, Completion);

    /// <returns>Null where the server says nothing.</returns>
    internal static AnswerUsage? Of(JsonElement answer)
    {
        if (answer.Member("usage") is not { ValueKind: JsonValueKind.Object } usage)
            return null;
        int? cached = usage.Member("prompt_tokens_details")?.Count("cached_tokens");
        int? reasoning = usage.Member("completion_tokens_details")?.Count("reasoning_tokens") ?? usage.Count("reasoning_tokens");
        return usage.Count("prompt_tokens") is { } prompt
            ? new AnswerUsage(prompt, usage.Count("completion_tokens") ?? 0, Math.Min(cached ?? 0, prompt), reasoning ?? 0)
            : null;
    }
}
