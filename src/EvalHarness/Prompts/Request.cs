using EvalHarness.Tasks;

namespace EvalHarness.Prompts;

/// <summary>Identifies a request within a run.</summary>
/// <param name="Task">The name of the task.</param>
/// <param name="Document">The position of the document among the task's documents, from 0.</param>
/// <param name="Index">The number of the choice or of the repeat, from 0.</param>
public readonly record struct RequestKey(string Task, long Document, int Index)
{
    public override string ToString() => $"{Task}, document {Document}, request {Index}";
}

/// <summary>One question to an engine. Requests of one document with the same prompt share the prompt object.</summary>
public abstract record Request
{
    public required RequestKey Key { get; init; }

    public required Prompt Prompt { get; init; }

    /// <summary>The prompt as text; see <see cref="Prompt.Text"/>.</summary>
    public string Context => Prompt.Text;
}

/// <summary>
/// Asks for ln P(continuation | context), and whether greedy decoding would have generated the continuation.
/// </summary>
public sealed record LogLikelihoodRequest : Request
{
    public required string Continuation { get; init; }
}

/// <summary>
/// Asks for ln P(context) without any text before it. A text longer than the model's context is scored in windows.
/// </summary>
public sealed record RollingLogLikelihoodRequest : Request;

/// <summary>Asks for a completion of the context up to a stop string, a token limit or the end-of-text token.</summary>
public sealed record GenerateRequest : Request
{
    public required GenerationOptions Options { get; init; }

    /// <summary>
    /// The seed of this request alone, so that a sampled completion does not depend on which other requests run or in which order.
    /// </summary>
    public required int Seed { get; init; }
}
