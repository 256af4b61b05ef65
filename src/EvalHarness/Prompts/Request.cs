using EvalHarness.Tasks;

namespace EvalHarness.Prompts;

/// <summary>Which answer a request asks for: choice number or repeat number of a document of a task.</summary>
public readonly record struct RequestKey(string Task, long Document, int Index)
{
    public override string ToString() => $"{Task}, document {Document}, request {Index}";
}

/// <summary>What an engine is asked. Requests of one document share their context.</summary>
public abstract record Request
{
    public required RequestKey Key { get; init; }

    /// <summary>The prompt.</summary>
    public required string Context { get; init; }
}

/// <summary>ln P(continuation | context), and whether greedy decoding would have given the continuation.</summary>
public sealed record LogLikelihoodRequest : Request
{
    public required string Continuation { get; init; }
}

/// <summary>ln P(context) as a whole, given nothing; a text longer than the model's context is scored in windows.</summary>
public sealed record RollingLogLikelihoodRequest : Request;

/// <summary>A completion of the context up to a stop string, a token limit or the end of text.</summary>
public sealed record GenerateRequest : Request
{
    public required GenerationOptions Options { get; init; }

    /// <summary>Of this request alone, so that a sampled completion does not depend on what else runs or in which order.</summary>
    public required int Seed { get; init; }
}
