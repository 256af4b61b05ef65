using EvalHarness.OpenAI.Protocol;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Results;
using EvalHarness.Tokens;

namespace EvalHarness.OpenAI.Engine;

/// <summary>How a model at an endpoint is asked.</summary>
internal sealed record EndpointOptions
{
    /// <summary>The model as it was given on the command line.</summary>
    public required string GivenAs { get; init; }

    public required EndpointName Name { get; init; }

    public ApiKey? Key { get; init; }

    /// <summary>Whether the host may be another machine.</summary>
    public bool AllowNetwork { get; init; }

    /// <summary>Requests at once.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>Whether prompts are conversations, which the server writes in the model's template.</summary>
    public bool Chat { get; init; }

    /// <summary>Variables for the server's chat template.</summary>
    public IReadOnlyDictionary<string, object?> TemplateArguments { get; init; } = new Dictionary<string, object?>();

    /// <summary>A folder with the model's tokenizer.json, or that file; null to ask the server.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Whether texts that are scored begin with the beginning-of-text token; null for what the tokenizer does.</summary>
    public bool? AddBosToken { get; init; }

    /// <summary>The most tokens of a prompt that is scored; null for what the server says, if it says it.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Whether a prompt that is scored and too long loses its beginning.</summary>
    public bool TruncateLeft { get; init; }

    /// <summary>The text that ends the reasoning in completions, where the server leaves it in them; null for none.</summary>
    public string? ThinkEndToken { get; init; }

    /// <summary>How conversations are rendered that are scored, with a template beside the tokenizer.</summary>
    internal ConversationOptions Conversations { get; init; } = new();

    /// <summary>Pays for what is sent; null where no prices are known.</summary>
    public Account? Account { get; init; }

    /// <summary>The time in which a request must be answered.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(10);

    public Action<string> Announce { get; init; } = _ => { };

    /// <summary>Patience with the server; for tests.</summary>
    internal Func<TransportOptions, TransportOptions> Patience { get; init; } = options => options;
}
