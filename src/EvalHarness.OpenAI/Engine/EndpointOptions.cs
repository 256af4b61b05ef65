using EvalHarness.OpenAI.Api;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Results;

namespace EvalHarness.OpenAI.Engine;

/// <summary>How an endpoint is asked.</summary>
internal sealed record EndpointOptions
{
    /// <summary>The model as it was given on the command line.</summary>
    public required string GivenAs { get; init; }

    public required ModelAddress Address { get; init; }

    public required TransportOptions Transport { get; init; }

    /// <summary>The environment variable that the key is from, for messages.</summary>
    public string KeyVariable { get; init; } = ApiKey.DefaultVariable;

    /// <summary>Whether prompts are conversations, whose turns go to the server as they are.</summary>
    public bool IsChat { get; init; }

    /// <summary>Requests at once.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>A folder with tokenizer.json, or such a file; null for the server's own tokenizer.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The most tokens that a prompt and its completion may have together; null for what the server says.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Whether a prompt that is too long loses its beginning. If not, its request fails.</summary>
    public bool TruncateLeft { get; init; }

    /// <summary>Whether every prompt begins with the beginning-of-text token; null for what the tokenizer does by default.</summary>
    public bool? AddBosToken { get; init; }

    /// <summary>The value of <c>--think-end-token</c>; null for what the tokenizer says, if there is one.</summary>
    public string? ThinkEndToken { get; init; }

    /// <summary>Variables for the chat template on the server, by name.</summary>
    public IReadOnlyDictionary<string, object?> ChatTemplateArguments { get; init; } = new Dictionary<string, object?>();

    /// <summary>Pays for the tokens; null where no prices are given.</summary>
    public Account? Account { get; init; }

    /// <summary>Receives one line for what a user should know.</summary>
    public Action<string> Announce { get; init; } = _ => { };

    /// <summary>Whether the user says that the model reasons before it answers.</summary>
    internal bool ExpectsReasoning => ThinkEndToken is not (null or Engines.ReasoningMarkers.Off)
        || ChatTemplateArguments.GetValueOrDefault("enable_thinking") is true;
}
