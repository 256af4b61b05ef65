using System.Collections.Concurrent;
using EvalHarness.Engines;
using EvalHarness.OpenAI.Api;

namespace EvalHarness.OpenAI.Engine;

/// <summary>What the answers of a run have in common: who they are from and what they took. Several threads may use one instance.</summary>
internal sealed class AnswerRecord(EndpointOptions options, OpenedEndpoint opened)
{
    private readonly UsageCounter _usage = new(options.Concurrency);
    private readonly ConcurrentDictionary<string, bool> _said = [];

    internal EngineUsage Usage => _usage.Usage;

    /// <summary>Whether an answer is from the model that the run began with.</summary>
    /// <exception cref="AnswerException">It is from another one.</exception>
    internal void Check(string? model, string? fingerprint)
    {
        if (model is not null && opened.Model is not null && model != opened.Model)
            throw new AnswerException($"the answer is from the model {model}, and the run began with {opened.Model}");
        if (fingerprint is not null && fingerprint != opened.Fingerprint)
        {
            AnnounceOnce(
                $"the server's system_fingerprint is {fingerprint} for some answers, and was {opened.Fingerprint ?? "none"} when the run "
                + "began: it has changed in between, or several machines with different states answer");
        }
    }

    internal void AnnounceOnce(string line)
    {
        if (_said.TryAdd(line, true))
            options.Announce(line);
    }

    internal void CountGenerated(Response response, TimeSpan time)
    {
        CountPrompt(response.PromptTokens, response.CachedTokens, TimeSpan.Zero);
        _usage.CountDecode(response.CompletionTokens, time);
    }

    internal void CountScored(int tokens, int cached, TimeSpan time) => CountPrompt(tokens, cached, time);

    private void CountPrompt(int tokens, int cached, TimeSpan time)
    {
        int computed = Math.Max(0, tokens - cached);
        _usage.CountPlanned(computed);
        _usage.CountAsked(tokens, computed);
        _usage.CountPrefill(computed, time);
    }
}
