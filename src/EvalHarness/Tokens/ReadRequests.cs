using EvalHarness.Prompts;
using EvalHarness.Tasks;

namespace EvalHarness.Tokens;

/// <summary>
/// The requests of a task on their way to the encoder. They are rendered as they are read, and looked at for what the user should know.
/// </summary>
/// <param name="tokenizer">The model's.</param>
/// <param name="render">Gives a conversation the text that the model reads.</param>
internal sealed class ReadRequests(ModelTokenizer tokenizer, Func<Prompt, Prompt> render)
{
    private readonly SpelledTokens _spelled = new(tokenizer);

    /// <summary>A line about prompts that spell special tokens, once all requests were read; null if there are none.</summary>
    internal string? Warning => _spelled.Warning;

    /// <summary>The task and the options of the first completion; null where none was asked for yet.</summary>
    internal (string Task, GenerationOptions Options)? FirstCompletion { get; private set; }

    internal IEnumerable<Request> Of(IEnumerable<Request> requests)
    {
        (Prompt? last, Prompt? rendered) = (null, null);
        foreach (Request request in requests)
        {
            _spelled.Look(request);
            if (request is GenerateRequest generate)
                FirstCompletion ??= (generate.Key.Task, generate.Options);
            // The requests of a document share their prompt, which is rendered once.
            if (!ReferenceEquals(request.Prompt, last))
                (last, rendered) = (request.Prompt, render(request.Prompt));
            yield return ReferenceEquals(request.Prompt, rendered) ? request : request with { Prompt = rendered! };
        }
    }
}
