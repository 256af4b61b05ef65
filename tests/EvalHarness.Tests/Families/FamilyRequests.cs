using EvalHarness.Prompts;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Families;

/// <summary>What every family is asked. The contexts share beginnings, and the longest are longer than every window.</summary>
internal static class FamilyRequests
{
    internal const int MaxTokens = 8;

    private const string Question =
        "The following are multiple choice questions (with answers) about numbers.\n\nWhat is 12 + 30?\nA. 41\nB. 42\nAnswer: B\n\n";

    private static readonly string[] Contexts =
    [
        "",
        "The capital of France is",
        "The capital of France is Paris. The capital of Italy is ",
        Question + "What is 7 + 8?\nA. 15\nB. 16\nAnswer:",
        Question + "What is 7 + 9?\nA. 15\nB. 16\nAnswer:",
        "def has_close_elements(numbers, threshold):\n    for i, first in enumerate(numbers):\n"
            + "        for second in numbers",
    ];

    private static readonly string[] Continuations =
        [" A", " Rome, a city\nof 2,800,000", "[i + 1:]:\n            if abs(first - second) < threshold:\n"];

    internal static IReadOnlyList<ChatMessage> Conversation { get; } =
    [
        new("user", "What is 12 + 30?"), new("assistant", "It is 42."), new("user", "And 7 + 8?"),
    ];

    internal static IReadOnlyList<LogLikelihoodRequest> Scored { get; } =
    [
        .. Contexts.SelectMany((context, i) => Continuations.Select((continuation, j) => new LogLikelihoodRequest
        {
            Key = new RequestKey("scored", i, j), Prompt = context, Continuation = continuation,
        })),
    ];

    internal static IReadOnlyList<GenerateRequest> Generated { get; } =
    [
        .. Contexts.Skip(2).Select((context, i) => new GenerateRequest
        {
            Key = new RequestKey("generated", i, 0),
            Prompt = context,
            Options = new GenerationOptions { Until = [], MaxTokens = MaxTokens },
            Seed = 1,
        }),
    ];
}
