using EvalHarness.Data.Hub;
using EvalHarness.Engines;
using EvalHarness.OpenAI.Api;

namespace EvalHarness.OpenAI.Engine;

/// <summary>Describes an endpoint for the manifest: who answers, and how it is asked.</summary>
internal static class EndpointDescription
{
    /// <summary>Stands where other engines have a device: nothing is known of the one that the server has.</summary>
    internal const string Device = "endpoint";

    internal static EngineDescription Of(EndpointOptions options, OpenedEndpoint opened) => new()
    {
        Engine = "openai",
        ModelPath = options.GivenAs,
        ModelName = options.Address.Name,
        Device = Device,
        Files = [],
        Details = new ModelDetails
        {
            Id = HubRepository.IsFullName(options.Address.Model) ? options.Address.Model : null,
            MaxLength = opened.Models.MaxLength,
        },
        // What the server says of itself is the version of what answers: a resumed run needs the same, and a history marks a change.
        Versions = new Dictionary<string, string>(Served(opened))
        {
            ["Microsoft.Extensions.AI.OpenAI"] = InstalledPackage.Version("Microsoft.Extensions.AI.OpenAI"),
        },
        Settings = new Dictionary<string, string>
        {
            ["model asked for"] = options.Address.Model,
            ["served by"] = opened.Models.Program ?? "unknown",
            ["prompts"] = options.IsChat ? "conversations (/chat/completions)" : "texts (/completions)",
            [EngineDescription.Tokenizer] = opened.Tokens?.Source ?? "the server's, unseen",
            [EngineDescription.ChatTemplate] = "the server's own",
            ["log-likelihoods"] = opened.Scoring switch
            {
                ScoringWay.Echo => "echoed prompts with logprobs",
                ScoringWay.PromptLogProbabilities => "prompt_logprobs",
                _ => "none",
            },
            ["context length"] = opened.Models.MaxLength is { } length ? $"{length}" : "unknown",
            ["prompts too long"] = options.TruncateLeft ? "cut at the left" : "errored",
        },
    };

    private static Dictionary<string, string> Served(OpenedEndpoint opened)
    {
        var served = new Dictionary<string, string> { ["model that answers"] = opened.Model ?? "unnamed" };
        if (opened.Fingerprint is { } fingerprint)
            served["system_fingerprint"] = fingerprint;
        return served;
    }
}
