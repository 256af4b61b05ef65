using Microsoft.Extensions.AI;

namespace EvalHarness.Engines;

/// <summary>How a <see cref="ChatClientEngine"/> asks its client, and what the manifest says of it.</summary>
public sealed record ChatClientOptions
{
    /// <summary>
    /// The model, which names it in tables and names its folder of results; null for the default model that the client's metadata names.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>Requests at once, 1 or more. A client that computes on this machine may take one at a time only.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>
    /// What ends the reasoning where a client leaves it in the text, such as <c>&lt;/think&gt;</c>; null or "none" for texts that stay
    /// whole. Reasoning that the client keeps apart is kept apart in any case.
    /// </summary>
    public string? ThinkEndToken { get; init; }

    /// <summary>
    /// Changes the options of each request before it is sent, for what a client of one's own takes beside a task's settings; null to change
    /// nothing. Several threads may call it at once. What it decides belongs into <see cref="Settings"/>.
    /// </summary>
    public Action<ChatOptions>? Configure { get; init; }

    /// <summary>
    /// What else decides the answers, such as the client's address or a system instruction that it adds, for the manifest: a run is resumed
    /// with the same settings only.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Receives one line of text for what the user should know.</summary>
    public Action<string> Announce { get; init; } = _ => { };
}
