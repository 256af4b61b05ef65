using EvalHarness.Prompts;
using EvalHarness.Results;

namespace EvalHarness.Running;

/// <summary>How the options of a run make conversations of prompts.</summary>
internal static class Conversation
{
    internal static ChatFormat Of(RunOptions options) => new()
    {
        Apply = options.ApplyChatTemplate,
        SystemInstruction = options.SystemInstruction,
        Multiturn = options.FewShotAsMultiturn ?? true,
    };
}
